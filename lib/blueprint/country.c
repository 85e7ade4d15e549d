/* SPDX-License-Identifier: MIT */
/* The countries of ISO 3166-1: their three codes and English short names (SPEC 3). */
#include "blueprint/definitions.h"

/* A line each: alpha-2, alpha-3, number, names. The first name is that of ISO, the others are in use. In
 * several pieces, since compilers need not take longer ones; pointers to each line would cost more. */
static const char *const countries[] = {
    "ADAND020Andorra\n"
    "AEARE784United Arab Emirates\n"
    "AFAFG004Afghanistan\n"
    "AGATG028Antigua and Barbuda\n"
    "AIAIA660Anguilla\n"
    "ALALB008Albania\n"
    "AMARM051Armenia\n"
    "AOAGO024Angola\n"
    "AQATA010Antarctica\n"
    "ARARG032Argentina\n"
    "ASASM016American Samoa|Samoa (American)\n"
    "ATAUT040Austria\n"
    "AUAUS036Australia\n"
    "AWABW533Aruba\n"
    "AXALA248Åland Islands|Aland Islands\n"
    "AZAZE031Azerbaijan\n"
    "BABIH070Bosnia and Herzegovina\n"
    "BBBRB052Barbados\n"
    "BDBGD050Bangladesh\n"
    "BEBEL056Belgium\n"
    "BFBFA854Burkina Faso\n"
    "BGBGR100Bulgaria\n"
    "BHBHR048Bahrain\n"
    "BIBDI108Burundi\n"
    "BJBEN204Benin\n"
    "BLBLM652Saint Barthélemy|St Barthelemy\n"
    "BMBMU060Bermuda\n"
    "BNBRN096Brunei Darussalam|Brunei\n"
    "BOBOL068Bolivia, Plurinational State of|Bolivia\n"
    "BQBES535Bonaire, Sint Eustatius and Saba|Caribbean NL\n"
    "BRBRA076Brazil\n"
    "BSBHS044Bahamas\n"
    "BTBTN064Bhutan\n"
    "BVBVT074Bouvet Island\n"
    "BWBWA072Botswana\n"
    "BYBLR112Belarus\n"
    "BZBLZ084Belize\n"
    "CACAN124Canada\n"
    "CCCCK166Cocos (Keeling) Islands\n"
    "CDCOD180Congo, The Democratic Republic of the|Congo (Dem. Rep.)\n"
    "CFCAF140Central African Republic|Central African Rep.\n"
    "CGCOG178Congo|Congo (Rep.)\n"
    "CHCHE756Switzerland\n"
    "CICIV384Côte d'Ivoire|Côte d’Ivoire|Cote d'Ivoire\n"
    "CKCOK184Cook Islands\n"
    "CLCHL152Chile\n"
    "CMCMR120Cameroon\n"
    "CNCHN156China\n"
    "COCOL170Colombia\n"
    "CRCRI188Costa Rica\n"
    "CUCUB192Cuba\n"
    "CVCPV132Cabo Verde|Cape Verde\n"
    "CWCUW531Curaçao|Curacao\n"
    "CXCXR162Christmas Island\n"
    "CYCYP196Cyprus\n"
    "CZCZE203Czechia|Czech Republic\n",
    "DEDEU276Germany\n"
    "DJDJI262Djibouti\n"
    "DKDNK208Denmark\n"
    "DMDMA212Dominica\n"
    "DODOM214Dominican Republic\n"
    "DZDZA012Algeria\n"
    "ECECU218Ecuador\n"
    "EEEST233Estonia\n"
    "EGEGY818Egypt\n"
    "EHESH732Western Sahara\n"
    "ERERI232Eritrea\n"
    "ESESP724Spain\n"
    "ETETH231Ethiopia\n"
    "FIFIN246Finland\n"
    "FJFJI242Fiji\n"
    "FKFLK238Falkland Islands (Malvinas)|Falkland Islands\n"
    "FMFSM583Micronesia, Federated States of|Micronesia\n"
    "FOFRO234Faroe Islands\n"
    "FRFRA250France\n"
    "GAGAB266Gabon\n"
    "GBGBR826United Kingdom|Britain (UK)|United Kingdom of Great Britain and Northern Ireland\n"
    "GDGRD308Grenada\n"
    "GEGEO268Georgia\n"
    "GFGUF254French Guiana\n"
    "GGGGY831Guernsey\n"
    "GHGHA288Ghana\n"
    "GIGIB292Gibraltar\n"
    "GLGRL304Greenland\n"
    "GMGMB270Gambia\n"
    "GNGIN324Guinea\n"
    "GPGLP312Guadeloupe\n"
    "GQGNQ226Equatorial Guinea\n"
    "GRGRC300Greece\n"
    "GSSGS239South Georgia and the South Sandwich Islands\n"
    "GTGTM320Guatemala\n"
    "GUGUM316Guam\n"
    "GWGNB624Guinea-Bissau\n"
    "GYGUY328Guyana\n"
    "HKHKG344Hong Kong\n"
    "HMHMD334Heard Island and McDonald Islands\n"
    "HNHND340Honduras\n"
    "HRHRV191Croatia\n"
    "HTHTI332Haiti\n"
    "HUHUN348Hungary\n"
    "IDIDN360Indonesia\n"
    "IEIRL372Ireland\n"
    "ILISR376Israel\n"
    "IMIMN833Isle of Man\n"
    "ININD356India\n"
    "IOIOT086British Indian Ocean Territory\n"
    "IQIRQ368Iraq\n"
    "IRIRN364Iran, Islamic Republic of|Iran\n"
    "ISISL352Iceland\n"
    "ITITA380Italy\n",
    "JEJEY832Jersey\n"
    "JMJAM388Jamaica\n"
    "JOJOR400Jordan\n"
    "JPJPN392Japan\n"
    "KEKEN404Kenya\n"
    "KGKGZ417Kyrgyzstan\n"
    "KHKHM116Cambodia\n"
    "KIKIR296Kiribati\n"
    "KMCOM174Comoros\n"
    "KNKNA659Saint Kitts and Nevis|St Kitts & Nevis\n"
    "KPPRK408Korea, Democratic People's Republic of|North Korea|Korea (North)\n"
    "KRKOR410Korea, Republic of|South Korea|Korea (South)\n"
    "KWKWT414Kuwait\n"
    "KYCYM136Cayman Islands\n"
    "KZKAZ398Kazakhstan\n"
    "LALAO418Lao People's Democratic Republic|Laos\n"
    "LBLBN422Lebanon\n"
    "LCLCA662Saint Lucia|St Lucia\n"
    "LILIE438Liechtenstein\n"
    "LKLKA144Sri Lanka\n"
    "LRLBR430Liberia\n"
    "LSLSO426Lesotho\n"
    "LTLTU440Lithuania\n"
    "LULUX442Luxembourg\n"
    "LVLVA428Latvia\n"
    "LYLBY434Libya\n"
    "MAMAR504Morocco\n"
    "MCMCO492Monaco\n"
    "MDMDA498Moldova, Republic of|Moldova\n"
    "MEMNE499Montenegro\n"
    "MFMAF663Saint Martin (French part)|St Martin (French)\n"
    "MGMDG450Madagascar\n"
    "MHMHL584Marshall Islands\n"
    "MKMKD807North Macedonia\n"
    "MLMLI466Mali\n"
    "MMMMR104Myanmar|Myanmar (Burma)\n"
    "MNMNG496Mongolia\n"
    "MOMAC446Macao|Macau\n"
    "MPMNP580Northern Mariana Islands\n"
    "MQMTQ474Martinique\n"
    "MRMRT478Mauritania\n"
    "MSMSR500Montserrat\n"
    "MTMLT470Malta\n"
    "MUMUS480Mauritius\n"
    "MVMDV462Maldives\n"
    "MWMWI454Malawi\n"
    "MXMEX484Mexico\n"
    "MYMYS458Malaysia\n"
    "MZMOZ508Mozambique\n"
    "NANAM516Namibia\n"
    "NCNCL540New Caledonia\n"
    "NENER562Niger\n"
    "NFNFK574Norfolk Island\n"
    "NGNGA566Nigeria\n"
    "NINIC558Nicaragua\n"
    "NLNLD528Netherlands|Netherlands, Kingdom of the\n"
    "NONOR578Norway\n"
    "NPNPL524Nepal\n"
    "NRNRU520Nauru\n"
    "NUNIU570Niue\n"
    "NZNZL554New Zealand\n",
    "OMOMN512Oman\n"
    "PAPAN591Panama\n"
    "PEPER604Peru\n"
    "PFPYF258French Polynesia\n"
    "PGPNG598Papua New Guinea\n"
    "PHPHL608Philippines\n"
    "PKPAK586Pakistan\n"
    "PLPOL616Poland\n"
    "PMSPM666Saint Pierre and Miquelon|St Pierre & Miquelon\n"
    "PNPCN612Pitcairn\n"
    "PRPRI630Puerto Rico\n"
    "PSPSE275Palestine, State of|Palestine\n"
    "PTPRT620Portugal\n"
    "PWPLW585Palau\n"
    "PYPRY600Paraguay\n"
    "QAQAT634Qatar\n"
    "REREU638Réunion|Reunion\n"
    "ROROU642Romania\n"
    "RSSRB688Serbia\n"
    "RURUS643Russian Federation|Russia\n"
    "RWRWA646Rwanda\n"
    "SASAU682Saudi Arabia\n"
    "SBSLB090Solomon Islands\n"
    "SCSYC690Seychelles\n"
    "SDSDN729Sudan\n"
    "SESWE752Sweden\n"
    "SGSGP702Singapore\n"
    "SHSHN654Saint Helena, Ascension and Tristan da Cunha|St Helena\n"
    "SISVN705Slovenia\n"
    "SJSJM744Svalbard and Jan Mayen\n"
    "SKSVK703Slovakia\n"
    "SLSLE694Sierra Leone\n"
    "SMSMR674San Marino\n"
    "SNSEN686Senegal\n"
    "SOSOM706Somalia\n"
    "SRSUR740Suriname\n"
    "SSSSD728South Sudan\n"
    "STSTP678Sao Tome and Principe\n"
    "SVSLV222El Salvador\n"
    "SXSXM534Sint Maarten (Dutch part)|St Maarten (Dutch)\n"
    "SYSYR760Syrian Arab Republic|Syria\n"
    "SZSWZ748Eswatini|Eswatini (Swaziland)\n",
    "TCTCA796Turks and Caicos Islands|Turks & Caicos Is\n"
    "TDTCD148Chad\n"
    "TFATF260French Southern Territories|French S. Terr.\n"
    "TGTGO768Togo\n"
    "THTHA764Thailand\n"
    "TJTJK762Tajikistan\n"
    "TKTKL772Tokelau\n"
    "TLTLS626Timor-Leste|East Timor\n"
    "TMTKM795Turkmenistan\n"
    "TNTUN788Tunisia\n"
    "TOTON776Tonga\n"
    "TRTUR792Türkiye|Turkey|Turkiye\n"
    "TTTTO780Trinidad and Tobago\n"
    "TVTUV798Tuvalu\n"
    "TWTWN158Taiwan, Province of China|Taiwan\n"
    "TZTZA834Tanzania, United Republic of|Tanzania\n"
    "UAUKR804Ukraine\n"
    "UGUGA800Uganda\n"
    "UMUMI581United States Minor Outlying Islands|US minor outlying islands\n"
    "USUSA840United States|United States of America\n"
    "UYURY858Uruguay\n"
    "UZUZB860Uzbekistan\n"
    "VAVAT336Holy See|Holy See (Vatican City State)|Vatican City\n"
    "VCVCT670Saint Vincent and the Grenadines|St Vincent\n"
    "VEVEN862Venezuela, Bolivarian Republic of|Venezuela\n"
    "VGVGB092Virgin Islands, British|Virgin Islands (UK)\n"
    "VIVIR850Virgin Islands, U.S.|Virgin Islands (US)\n"
    "VNVNM704Viet Nam|Vietnam\n"
    "VUVUT548Vanuatu\n"
    "WFWLF876Wallis and Futuna\n"
    "WSWSM882Samoa|Samoa (western)\n"
    "YEYEM887Yemen\n"
    "YTMYT175Mayotte\n"
    "ZAZAF710South Africa\n"
    "ZMZMB894Zambia\n"
    "ZWZWE716Zimbabwe\n",
};

enum { ALPHA_2 = 2, ALPHA_3 = 3, NUMBER = 3, CODES = ALPHA_2 + ALPHA_3 + NUMBER };

/* Or a digit: no name has one. */
static bool is_letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (unsigned char)c >= 0x80;
}

/* As a small letter. Those of names beyond ASCII are of Latin-1, where U+00C0 to U+00DE are the capitals of U+00E0 on. */
static unsigned char small(lf_str word, size_t i) {
    unsigned char c = (unsigned char)word.p[i];
    bool latin = i > 0 && (unsigned char)word.p[i - 1] == 0xc3 && c >= 0x80 && c <= 0x9e;
    return latin || (c >= 'A' && c <= 'Z') ? (unsigned char)(c + 32) : c;
}

static bool same_word(lf_str a, lf_str b) {
    size_t i = 0;
    while (i < a.n && i < b.n && small(a, i) == small(b, i)) {
        i++;
    }
    return i == a.n && i == b.n;
}

/* The next word at *at, which moves behind it; "the" and "and" are passed over. */
static lf_str next_word(lf_str name, size_t *at) {
    lf_str word;
    do {
        while (*at < name.n && !is_letter(name.p[*at])) {
            ++*at;
        }
        word = (lf_str){name.p + *at, 0};
        while (*at < name.n && is_letter(name.p[*at])) {
            ++*at;
        }
        word.n = (size_t)(name.p + *at - word.p);
    } while (same_word(word, LF_STR("the")) || same_word(word, LF_STR("and")));
    return word;
}

/* The same words in the same order, whatever stands between them: "Iran (Islamic Republic of)". */
static bool same_name(lf_str a, lf_str b) {
    size_t at_a = 0, at_b = 0;
    lf_str word_a, word_b;
    do {
        word_a = next_word(a, &at_a);
        word_b = next_word(b, &at_b);
    } while (word_a.n > 0 && same_word(word_a, word_b));
    return word_a.n == 0 && word_b.n == 0;
}

/* Is it one of the names between the bars? */
static bool among_names(lf_str names, lf_str text) {
    for (size_t from = 0, i = 0; i <= names.n; i++) {
        if (i == names.n || names.p[i] == '|') {
            if (same_name((lf_str){names.p + from, i - from}, text)) {
                return true;
            }
            from = i + 1;
        }
    }
    return false;
}

static bool has_code(lf_str line, lf_str text) {
    lf_str two = {line.p, ALPHA_2}, three = {line.p + ALPHA_2, ALPHA_3};
    lf_str number = {line.p + ALPHA_2 + ALPHA_3, NUMBER};
    return lf_str_eq(text, two) || lf_str_eq(text, three) || lf_str_eq(text, number);
}

static bool is_country(lf_str line, lf_str text, bool by_name) {
    return by_name ? among_names((lf_str){line.p + CODES, line.n - CODES}, text)
                   : has_code(line, text);
}

static lf_str find(lf_str text, bool by_name) {
    for (size_t i = 0; i < LF_COUNT(countries); i++) {
        for (const char *line = countries[i]; *line != '\0';) {
            size_t n = (size_t)(strchr(line, '\n') - line);
            if (is_country((lf_str){line, n}, text, by_name)) {
                return (lf_str){line, ALPHA_2};
            }
            line += n + 1;
        }
    }
    return (lf_str){NULL, 0};
}

lf_str lf_country(lf_str text) {
    lf_str code = find(text, false); /* a hundred times as fast, and what is kept is one */
    return code.p != NULL ? code : find(text, true);
}
