/* SPDX-License-Identifier: MIT */
/* Stands in for the C library's while leadflow.cdef is made: whoever reads that knows these types. */
