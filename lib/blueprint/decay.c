/* SPDX-License-Identifier: MIT */
/* How an entry loses value with its age (SPEC 6.2), in whole steps and integers only. */
#include "blueprint/blueprint_internal.h"

/* h[i] = round(2^31 * 2^(-i/256)) */
static const uint32_t halves[256] = {
    2147483648u, 2141676973u, 2135885998u, 2130110682u, 2124350982u, 2118606857u, 2112878262u,
    2107165158u, 2101467502u, 2095785251u, 2090118366u, 2084466803u, 2078830522u, 2073209480u,
    2067603638u, 2062012954u, 2056437387u, 2050876895u, 2045331439u, 2039800978u, 2034285470u,
    2028784876u, 2023299156u, 2017828268u, 2012372174u, 2006930832u, 2001504204u, 1996092249u,
    1990694927u, 1985312200u, 1979944027u, 1974590370u, 1969251188u, 1963926443u, 1958616096u,
    1953320108u, 1948038440u, 1942771053u, 1937517909u, 1932278970u, 1927054196u, 1921843549u,
    1916646992u, 1911464486u, 1906295993u, 1901141476u, 1896000896u, 1890874216u, 1885761398u,
    1880662405u, 1875577199u, 1870505744u, 1865448001u, 1860403934u, 1855373507u, 1850356681u,
    1845353420u, 1840363688u, 1835387448u, 1830424663u, 1825475297u, 1820539314u, 1815616678u,
    1810707353u, 1805811301u, 1800928489u, 1796058879u, 1791202437u, 1786359126u, 1781528911u,
    1776711757u, 1771907628u, 1767116489u, 1762338305u, 1757573041u, 1752820662u, 1748081133u,
    1743354420u, 1738640488u, 1733939301u, 1729250827u, 1724575029u, 1719911875u, 1715261330u,
    1710623359u, 1705997930u, 1701385007u, 1696784557u, 1692196547u, 1687620943u, 1683057710u,
    1678506817u, 1673968228u, 1669441912u, 1664927835u, 1660425963u, 1655936265u, 1651458706u,
    1646993254u, 1642539877u, 1638098541u, 1633669214u, 1629251865u, 1624846459u, 1620452965u,
    1616071351u, 1611701585u, 1607343634u, 1602997467u, 1598663052u, 1594340357u, 1590029350u,
    1585730000u, 1581442275u, 1577166143u, 1572901575u, 1568648537u, 1564406999u, 1560176931u,
    1555958300u, 1551751076u, 1547555228u, 1543370725u, 1539197537u, 1535035634u, 1530884983u,
    1526745556u, 1522617322u, 1518500250u, 1514394310u, 1510299473u, 1506215708u, 1502142985u,
    1498081275u, 1494030547u, 1489990772u, 1485961921u, 1481943963u, 1477936870u, 1473940611u,
    1469955159u, 1465980482u, 1462016553u, 1458063343u, 1454120821u, 1450188960u, 1446267730u,
    1442357104u, 1438457051u, 1434567544u, 1430688553u, 1426820052u, 1422962010u, 1419114401u,
    1415277195u, 1411450365u, 1407633882u, 1403827719u, 1400031848u, 1396246240u, 1392470869u,
    1388705706u, 1384950723u, 1381205894u, 1377471191u, 1373746586u, 1370032052u, 1366327563u,
    1362633090u, 1358948606u, 1355274085u, 1351609500u, 1347954824u, 1344310030u, 1340675091u,
    1337049980u, 1333434672u, 1329829140u, 1326233356u, 1322647296u, 1319070932u, 1315504238u,
    1311947188u, 1308399756u, 1304861917u, 1301333643u, 1297814910u, 1294305692u, 1290805962u,
    1287315695u, 1283834865u, 1280363448u, 1276901417u, 1273448747u, 1270005413u, 1266571390u,
    1263146652u, 1259731174u, 1256324931u, 1252927899u, 1249540052u, 1246161366u, 1242791816u,
    1239431376u, 1236080024u, 1232737732u, 1229404479u, 1226080238u, 1222764986u, 1219458698u,
    1216161350u, 1212872918u, 1209593378u, 1206322705u, 1203060876u, 1199807867u, 1196563654u,
    1193328213u, 1190101520u, 1186883552u, 1183674286u, 1180473697u, 1177281762u, 1174098458u,
    1170923762u, 1167757650u, 1164600099u, 1161451085u, 1158310587u, 1155178580u, 1152055042u,
    1148939949u, 1145833280u, 1142735011u, 1139645120u, 1136563583u, 1133490379u, 1130425485u,
    1127368878u, 1124320536u, 1121280436u, 1118248556u, 1115224875u, 1112209370u, 1109202018u,
    1106202798u, 1103211687u, 1100228665u, 1097253708u, 1094286796u, 1091327906u, 1088377016u,
    1085434106u, 1082499153u, 1079572136u, 1076653033u,
};

#define WHOLE UINT64_C(2147483648) /* 2^31: a share of everything */
#define MOST_FIRST 4096u /* shares in a table; behind it there is one for every STRIDE steps */
#define STRIDE 256u

static uint32_t next_share(uint32_t g, uint32_t ppm) {
    return (uint32_t)(((uint64_t)g * (1000000 - ppm) + 500000) / 1000000);
}

/* g after `steps` more steps, or where it settles; *taken tells how many it took. */
static uint32_t go_on(uint32_t g, uint32_t ppm, uint64_t steps, uint64_t *taken) {
    *taken = 0;
    while (*taken < steps) {
        uint32_t next = next_share(g, ppm);
        if (next == g) {
            break;
        }
        g = next;
        ++*taken;
    }
    return g;
}

/* It settles before it has lost the factor e 22 times: 2^31 is less than e^22. */
static uint32_t most_jumps(uint32_t ppm) {
    return 22000000 / ppm / STRIDE + 3;
}

bool lf_shares_make(lf_arena *arena, uint32_t ppm, lf_shares *out) {
    uint64_t n, taken = STRIDE;
    uint32_t g = go_on(WHOLE, ppm, MOST_FIRST - 1, &n);
    uint32_t *first = lf_arena_alloc(arena, (size_t)(n + 1) * sizeof *first);
    uint32_t *jumps = lf_arena_alloc(arena, most_jumps(ppm) * sizeof *jumps);
    if (first == NULL || jumps == NULL) {
        return false;
    }
    first[0] = WHOLE;
    for (uint64_t k = 1; k <= n; k++) {
        first[k] = next_share(first[k - 1], ppm);
    }
    *out = (lf_shares){.ppm = ppm, .first = first, .n_first = (uint32_t)n + 1, .jumps = jumps};
    while (taken == STRIDE && out->n_jumps < most_jumps(ppm)) {
        jumps[out->n_jumps++] = g;
        g = go_on(g, ppm, STRIDE, &taken);
    }
    return true;
}

uint32_t lf_shares_at(const lf_shares *shares, uint64_t k) {
    uint64_t taken;
    if (k < shares->n_first) {
        return shares->first[k];
    }
    k -= shares->n_first - 1;
    uint64_t jump = k / STRIDE < shares->n_jumps ? k / STRIDE : shares->n_jumps - 1;
    return go_on(shares->jumps[jump], shares->ppm, k - jump * STRIDE, &taken);
}

uint64_t lf_share_of(uint64_t magnitude, uint32_t share) {
    uint64_t high = magnitude >> 31, low = magnitude & (WHOLE - 1); /* so that nothing overflows */
    return high * share + ((low * share + (WHOLE >> 1)) >> 31);
}

static uint64_t halved(uint64_t p, uint64_t k) {
    uint64_t s = k / 256;
    return s >= 32 ? 0 : (p * halves[k % 256] + (UINT64_C(1) << (30 + s))) >> (31 + s);
}

/* Whole steps of an age; a half-life has 256. The product is cut in two so that it cannot overflow. */
static uint64_t steps_of(const lf_decay *decay, int64_t age) {
    if (decay->kind != LF_DECAY_HALF_LIFE) {
        return (uint64_t)(age / decay->every);
    }
    uint64_t whole = (uint64_t)(age / decay->every), rest = (uint64_t)(age % decay->every);
    return whole * 256 + rest * 256 / (uint64_t)decay->every;
}

/* The magnitude after k steps. */
static uint64_t after_steps(const lf_decay *decay, uint64_t p, uint64_t k) {
    switch (decay->kind) {
    case LF_DECAY_POINTS:
        return k > p / (uint64_t)decay->lose ? 0 : p - k * (uint64_t)decay->lose;
    case LF_DECAY_PERCENT:
        return lf_share_of(p, lf_shares_at(&decay->shares, k));
    case LF_DECAY_HALF_LIFE:
        return halved(p, k);
    case LF_DECAY_AFTER:
        return k == 0 ? p : 0;
    default:
        return p;
    }
}

int64_t lf_decay_value(const lf_decay *decay, int64_t points, int64_t age) {
    if (decay->kind == LF_DECAY_NONE) {
        return points;
    }
    uint64_t p = (uint64_t)(points < 0 ? -points : points);
    int64_t value = (int64_t)after_steps(decay, p, steps_of(decay, age));
    return points < 0 ? -value : value;
}

/* The age at which step k begins. */
static int64_t age_of_step(const lf_decay *decay, uint64_t k) {
    if (decay->kind != LF_DECAY_HALF_LIFE) {
        return lf_sat_mul((int64_t)k, decay->every);
    }
    uint64_t whole = k / 256, rest = k % 256;
    int64_t age = lf_sat_mul((int64_t)whole, decay->every);
    return lf_sat_add(age, (int64_t)((rest * (uint64_t)decay->every + 255) / 256));
}

int64_t lf_decay_next(const lf_decay *decay, int64_t points, int64_t age) {
    if (decay->kind == LF_DECAY_NONE || lf_decay_value(decay, points, age) == 0) {
        return LF_TIME_NONE;
    }
    return age_of_step(decay, steps_of(decay, age) + 1);
}

/* The first step from which the value is 0: values fall with the steps, so halving finds it. */
int64_t lf_decay_zero_age(const lf_decay *decay, int64_t points) {
    uint64_t p = (uint64_t)(points < 0 ? -points : points);
    if (decay->kind == LF_DECAY_NONE) {
        return LF_TIME_NONE;
    }
    uint64_t low = 0, high = steps_of(decay, LF_TEN_YEARS);
    if (after_steps(decay, p, high) != 0) {
        return LF_TIME_NONE;
    }
    while (low < high) {
        uint64_t middle = low + (high - low) / 2;
        if (after_steps(decay, p, middle) == 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return age_of_step(decay, low);
}
