# SPDX-License-Identifier: MIT
"""A store that remembers what was committed."""
from dict_store import DictStore


class Recorder(DictStore):
    def __init__(self):
        super().__init__()
        self.effects = []
        self.wakes = {}

    def commit(self, tenant, commit):
        super().commit(tenant, commit)
        self.effects += commit.effects
        self.wakes[commit.contact] = commit.wake
