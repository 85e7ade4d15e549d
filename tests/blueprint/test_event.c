/* SPDX-License-Identifier: MIT */
/* Events against a blueprint (SPEC 4.1): what is taken, what is refused, and where. */
#include "parse.h"

#include <math.h>

static const char document[] =
    "{'leadflow': 1, 'tags': {'categories': ['src']},"
    " 'fields': {'email': {'type': 'string', 'format': 'email'}, 'soft': {'type': 'int', "
    "'on_invalid': 'flag'}, 'n': {'type': 'int'},"
    "  'd': {'type': 'double'}, 'up': {'type': 'string', 'derive': 'contact.email'}},"
    " 'events': {'page_view': {'props': {'page': 'string', 'n': 'int', 'd': 'double', 'b': 'bool', "
    "'t': 'timestamp', 'l': 'list'}},"
    "  'pricing': {'is': 'page_view', 'when': 'true'}, 'bare': {}},"
    " 'machines': {'life': {'initial': 'lead', 'states': {'lead': {}, 'mql': {}}}},"
    " 'sequences': {'welcome': {'steps': [{'label': 'hello', 'flag': 'x'}, {'flag': 'y'}]},"
    "  'other': {'steps': [{'label': 'there', 'flag': 'x'}]}}}";

/* ---- from JSON ---- */
static const struct {
    const char *json, *want; /* "": it is taken */
} rows[] = {
    {"{'contact': 'c-1', 'type': 'bare', 'at': '2026-01-05T10:00:00Z'}", ""},
    {"{'contact':'c','type':'page_view','at':'2026-01-05T10:00:00.123+01:00','id':'e','props':"
     "{'page':'/','n':-5,'d':1.5,'b':true,'t':'2026-01-05T10:00:00Z','l':['a','']}}",
     ""},
    {"{'contact':'c','type':'page_view','at':'2026-01-05T10:00:00Z','props':{}}", ""},
    {"{'contact':'c','type':'page_view','at':'2026-01-05T10:00:00Z','props':{'d':5}}",
     ""}, /* a whole number is a double */
    {"", "bad-json . 7:1 expected a value\n"},
    {"{'contact':'c',", "bad-json . 7:16 expected a member name in double quotes\n"},
    {"{'contact':'c'} x", "bad-json . 7:17 something stands behind the value\n"},
    {"[]", "bad-event . 7:1 an event is an object\n"},
    {"5", "bad-event . 7:1 an event is an object\n"},
    {"{'contact':'c','type':'bare','at':'2026-01-05T10:00:00Z','contact':'d'}",
     "duplicate-key . 7:58 the object has this member twice\n"},
    {"{'contact':'c','type':'page_view','at':'2026-01-05T10:00:00Z','props':{'n':1,'n':1}}",
     "duplicate-key . 7:78 the object has this member twice\n"},
    {"{'contact':'c','type':'bare','at':'2026-01-05T10:00:00Z','prop':{}}",
     "unknown-key /prop 7:58 unknown key 'prop' (did you mean 'props'?)\n"},
    {"{'contact':'c','type':'bare','at':'2026-01-05T10:00:00Z','a/b~':1}",
     "unknown-key /a~1b~0 7:58 unknown key 'a/b~'\n"},
    {"{'type':'bare','at':'2026-01-05T10:00:00Z'}",
     "bad-event /contact 7:1 an event needs a string in 'contact'\n"},
    {"{'contact':5,'type':'bare','at':'2026-01-05T10:00:00Z'}",
     "bad-event /contact 7:12 an event needs a string in 'contact'\n"},
    {"{'contact':'c','at':'2026-01-05T10:00:00Z'}",
     "bad-event /type 7:1 an event needs a string in 'type'\n"},
    {"{'contact':'c','type':'bare'}", "bad-event /at 7:1 an event needs a string in 'at'\n"},
    {"{'contact':'c','type':'bare','at':1767607200000}",
     "bad-event /at 7:35 an event needs a string in 'at'\n"},
    /* contact ids and event ids */
    {"{'contact':'','type':'bare','at':'2026-01-05T10:00:00Z'}",
     "bad-event /contact 7:12 a contact's id has 1 to 255 bytes and no control characters\n"},
    {"{'contact':'a\\nb','type':'bare','at':'2026-01-05T10:00:00Z'}",
     "bad-event /contact 7:12 a contact's id has 1 to 255 bytes and no control characters\n"},
    {"{'contact':'a\\u0000','type':'bare','at':'2026-01-05T10:00:00Z'}",
     "bad-event /contact 7:12 a contact's id has 1 to 255 bytes and no control characters\n"},
    {"{'contact':'a\\u007f','type':'bare','at':'2026-01-05T10:00:00Z'}",
     "bad-event /contact 7:12 a contact's id has 1 to 255 bytes and no control characters\n"},
    {"{'contact':'a\\u0085','type':'bare','at':'2026-01-05T10:00:00Z'}",
     "bad-event /contact 7:12 a contact's id has 1 to 255 bytes and no control characters\n"},
    {"{'contact':'a \\u00e9','type':'bare','at':'2026-01-05T10:00:00Z'}", ""},
    {"{'contact':'c','type':'bare','at':'2026-01-05T10:00:00Z','id':''}",
     "bad-event /id 7:63 an event's id has 1 to 255 bytes\n"},
    {"{'contact':'c','type':'bare','at':'2026-01-05T10:00:00Z','id':7}",
     "bad-event /id 7:63 an id is a string\n"},
    {"{'contact':'c','type':'bare','at':'2026-01-05T10:00:00Z','id':null}",
     "bad-event /id 7:63 an id is a string\n"},
    /* times */
    {"{'contact':'c','type':'bare','at':'2026-01-05'}",
     "bad-time /at 7:35 'at' must be a time as in RFC 3339, such as 2026-01-05T10:00:00Z\n"},
    {"{'contact':'c','type':'bare','at':'2026-02-29T10:00:00Z'}",
     "bad-time /at 7:35 'at' must be a time as in RFC 3339, such as 2026-01-05T10:00:00Z\n"},
    {"{'contact':'c','type':'bare','at':'0000-12-31T23:59:59Z'}",
     "bad-time /at 7:35 'at' must be a time as in RFC 3339, such as 2026-01-05T10:00:00Z\n"},
    {"{'contact':'c','type':'bare','at':'9999-12-31T23:59:59-01:00'}",
     "bad-time /at 7:35 'at' must be a time as in RFC 3339, such as 2026-01-05T10:00:00Z\n"},
    {"{'contact':'c','type':'bare','at':'0001-01-01T00:00:00Z'}", ""},
    {"{'contact':'c','type':'bare','at':'9999-12-31T23:59:59.999Z'}", ""},
    /* types */
    {"{'contact':'c','type':'page_veiw','at':'2026-01-05T10:00:00Z'}",
     "unknown-type /type 7:23 unknown event type 'page_veiw' (did you mean 'page_view'?)\n"},
    {"{'contact':'c','type':'','at':'2026-01-05T10:00:00Z'}",
     "unknown-type /type 7:23 unknown event type ''\n"},
    {"{'contact':'c','type':'*','at':'2026-01-05T10:00:00Z'}",
     "unknown-type /type 7:23 unknown event type '*'\n"},
    {"{'contact':'c','type':'pricing','at':'2026-01-05T10:00:00Z'}",
     "unknown-type /type 7:23 events come under their base type, not under the derived type "
     "'pricing'\n"},
    {"{'contact':'c','type':'$delivery','at':'2026-01-05T10:00:00Z','props':{'key':'k','result':"
     "'failed','detail':'550'}}",
     ""},
    {"{'contact':'c','type':'$delivery','at':'2026-01-05T10:00:00Z','props':{'key':'k','result':"
     "'bounced'}}",
     "bad-prop /props/result 7:91 expected delivered, failed or refused, not 'bounced'\n"},
    {"{'contact':'c','type':'$delivery','at':'2026-01-05T10:00:00Z','props':{'result':'failed'}}",
     "bad-prop /props 7:71 the prop is missing: 'key'\n"},
    {"{'contact':'c','type':'$assign','at':'2026-01-05T10:00:00Z'}",
     "not-supported /type 7:23 not supported yet: the event type '$assign'\n"},
    {"{'contact':'c','type':'$deal','at':'2026-01-05T10:00:00Z'}",
     "not-supported /type 7:23 not supported yet: the event type '$deal'\n"},
    {"{'contact':'c','type':'$merge','at':'2026-01-05T10:00:00Z'}",
     "not-supported /type 7:23 not supported yet: the event type '$merge'\n"},
    {"{'contact':'c','type':'$erase','at':'2026-01-05T10:00:00Z'}",
     "not-supported /type 7:23 not supported yet: the event type '$erase'\n"},
};

#define HEAD "{'contact':'c','at':'2026-01-05T10:00:00Z','type':"
/* Props; the first column behind `props:` of a page_view is 71. */
static const struct {
    const char *type, *props, *want;
} props[] = {
    {"page_view", "5", "bad-event /props 7:71 'props' is an object\n"},
    {"page_view", "null", "bad-event /props 7:71 'props' is an object\n"},
    {"page_view", "{'pgae':1}",
     "unknown-prop /props/pgae 7:72 unknown prop 'pgae' (did you mean 'page'?)\n"},
    {"page_view", "{'type':'x'}", "unknown-prop /props/type 7:72 unknown prop 'type'\n"},
    {"page_view", "{'page':5}", "bad-prop /props/page 7:79 expected a string in 'page'\n"},
    {"page_view", "{'page':null}", "bad-prop /props/page 7:79 expected a string in 'page'\n"},
    {"page_view", "{'n':'5'}", "bad-prop /props/n 7:76 expected a whole number in 'n'\n"},
    {"page_view", "{'n':1.5}", "bad-prop /props/n 7:76 expected a whole number in 'n'\n"},
    {"page_view", "{'n':5.0}", "bad-prop /props/n 7:76 expected a whole number in 'n'\n"},
    {"page_view", "{'n':1e2}", "bad-prop /props/n 7:76 expected a whole number in 'n'\n"},
    {"page_view", "{'n':9223372036854775807}", ""},
    {"page_view", "{'n':9223372036854775808}",
     "bad-prop /props/n 7:76 expected a whole number in 'n'\n"},
    {"page_view", "{'n':true}", "bad-prop /props/n 7:76 expected a whole number in 'n'\n"},
    {"page_view", "{'d':'1.5'}", "bad-prop /props/d 7:76 expected a number in 'd'\n"},
    {"page_view", "{'d':1e999}", "bad-prop /props/d 7:76 expected a number in 'd'\n"},
    {"page_view", "{'d':9223372036854775808}", ""},
    {"page_view", "{'b':1}", "bad-prop /props/b 7:76 expected true or false in 'b'\n"},
    {"page_view", "{'b':'true'}", "bad-prop /props/b 7:76 expected true or false in 'b'\n"},
    {"page_view", "{'t':1767607200000}",
     "bad-prop /props/t 7:76 expected a time as in RFC 3339 in 't'\n"},
    {"page_view", "{'t':'yesterday'}",
     "bad-prop /props/t 7:76 expected a time as in RFC 3339 in 't'\n"},
    {"page_view", "{'l':'a'}", "bad-prop /props/l 7:76 expected a list of strings in 'l'\n"},
    {"page_view", "{'l':['a',5]}", "bad-prop /props/l 7:76 expected a list of strings in 'l'\n"},
    {"page_view", "{'l':{}}", "bad-prop /props/l 7:76 expected a list of strings in 'l'\n"},
    /* $update */
    {"$update", "{'fields':{}}", ""},
    {"$update", "{'fields':{'email':'a@b.co','n':5,'d':1,'soft':null}}", ""},
    {"$update", "{}", "bad-prop /props 7:69 the prop is missing: 'fields'\n"},
    {"$update", "{'fields':[]}", "bad-prop /props/fields 7:79 expected an object in 'fields'\n"},
    {"$update", "{'fields':{'emial':'a@b.co'}}",
     "unknown-name /props/fields/emial 7:80 unknown field 'emial' (did you mean 'email'?)\n"},
    {"$update", "{'fields':{'up':'x'}}",
     "bad-prop /props/fields/up 7:80 an event cannot set the derived field 'up'\n"},
    {"$update", "{'fields':{'email':'nobody'}}",
     "bad-prop /props/fields/email 7:88 expected an email address in 'email'\n"},
    {"$update", "{'fields':{'n':'5'}}",
     "bad-prop /props/fields/n 7:84 expected a whole number in 'n'\n"},
    {"$update", "{'fields':{'d':1e999}}",
     "bad-prop /props/fields/d 7:84 expected a number in 'd'\n"},
    {"$update", "{'fields':{'soft':'5'}}", ""}, /* that is for on_invalid */
    {"$update", "{'fields':{},'reason':'x'}",
     "unknown-prop /props/reason 7:82 unknown prop 'reason'\n"},
    /* $tag */
    {"$tag", "{'add':['src_a'],'remove':['src_b']}", ""},
    {"$tag", "{'add':[]}", ""},
    {"$tag", "{}", "bad-prop /props 7:66 '$tag' needs 'add' or 'remove'\n"},
    {"$tag", "{'add':'src_a'}", "bad-prop /props/add 7:73 expected a list of strings in 'add'\n"},
    {"$tag", "{'add':['src_a','other_b']}",
     "bad-prop /props/add 7:73 no tag of a declared category: 'other_b'\n"},
    {"$tag", "{'remove':['src_']}",
     "bad-prop /props/remove 7:76 no tag of a declared category: 'src_'\n"},
    /* $consent */
    {"$consent", "{'channel':'email','status':'granted'}", ""},
    {"$consent", "{'channel':'push','status':'pending','topic':'t','source':'s','text':'x'}", ""},
    {"$consent", "{'channel':'email'}", "bad-prop /props 7:70 the prop is missing: 'status'\n"},
    {"$consent", "{'status':'granted'}", "bad-prop /props 7:70 the prop is missing: 'channel'\n"},
    {"$consent", "{'channel':'mail','status':'granted'}",
     "bad-prop /props/channel 7:81 expected email, sms or push, not 'mail'\n"},
    {"$consent", "{'channel':'sms','status':'none'}",
     "bad-prop /props/status 7:96 expected granted, denied or pending, not 'none'\n"},
    {"$consent", "{'channel':'sms','status':'denied','topic':5}",
     "bad-prop /props/topic 7:113 expected a string in 'topic'\n"},
    /* $move */
    {"$move", "{'machine':'life','to':'mql','actor':'amy','reason':'r'}", ""},
    {"$move", "{'machine':'life'}", "bad-prop /props 7:67 the prop is missing: 'to'\n"},
    {"$move", "{'machine':'live','to':'mql'}",
     "unknown-name /props/machine 7:78 unknown machine 'live' (did you mean 'life'?)\n"},
    {"$move", "{'machine':'life','to':'sql'}",
     "unknown-name /props/to 7:90 unknown state 'sql' (did you mean 'mql'?)\n"},
    /* $enroll, $cancel */
    {"$enroll", "{'sequence':'welcome','actor':'amy','force':true}", ""},
    {"$enroll", "{'sequence':'welcom'}",
     "unknown-name /props/sequence 7:81 unknown sequence 'welcom' (did you mean 'welcome'?)\n"},
    {"$enroll", "{'sequence':'welcome','reason':'x'}",
     "unknown-prop /props/reason 7:91 unknown prop 'reason'\n"},
    {"$enroll", "{'sequence':'welcome','force':'yes'}",
     "bad-prop /props/force 7:99 expected true or false in 'force'\n"},
    {"$cancel", "{'sequence':'welcome','actor':'amy','reason':'r'}", ""},
    {"$cancel", "{}", "bad-prop /props 7:69 the prop is missing: 'sequence'\n"},
    {"$cancel", "{'sequence':'x'}", "unknown-name /props/sequence 7:81 unknown sequence 'x'\n"},
    /* $pause, $resume, $step */
    {"$pause", "{'sequence':'welcome','actor':'amy','reason':'r'}", ""},
    {"$pause", "{'sequence':'welcom'}",
     "unknown-name /props/sequence 7:80 unknown sequence 'welcom' (did you mean 'welcome'?)\n"},
    {"$pause", "{'sequence':'welcome','force':true}",
     "unknown-prop /props/force 7:90 unknown prop 'force'\n"},
    {"$resume", "{'sequence':'welcome'}", ""},
    {"$resume", "{'reason':'r'}", "bad-prop /props 7:69 the prop is missing: 'sequence'\n"},
    {"$step", "{'sequence':'welcome','to':'hello','actor':'amy','reason':'r'}", ""},
    {"$step", "{'sequence':'welcome'}", "bad-prop /props 7:67 the prop is missing: 'to'\n"},
    {"$step", "{'sequence':'x','to':'hello'}",
     "unknown-name /props/sequence 7:79 unknown sequence 'x'\n"},
    {"$step", "{'sequence':'welcome','to':'helo'}",
     "unknown-name /props/to 7:94 the sequence has no step with the label 'helo' (did you mean "
     "'hello'?)\n"},
    {"$step", "{'sequence':'welcome','to':'s1'}",
     "unknown-name /props/to 7:94 the sequence has no step with the label 's1'\n"},
    {"$step", "{'sequence':'welcome','to':'there'}",
     "unknown-name /props/to 7:94 the sequence has no step with the label 'there'\n"},
    /* $suppress */
    {"$suppress", "{'reason':'bounced'}", ""},
    {"$suppress", "{'reason':'bounced','lift':true}", ""},
    {"$suppress", "{'lift':true}", "bad-prop /props 7:71 the prop is missing: 'reason'\n"},
    {"$suppress", "{'reason':''}",
     "bad-prop /props/reason 7:81 expected a name of 1 to 255 bytes without control characters\n"},
    {"$suppress", "{'reason':'a\\n'}",
     "bad-prop /props/reason 7:81 expected a name of 1 to 255 bytes without control characters\n"},
};

static void check_row(lf_event *event, const char *json, const char *want) {
    lf_mem mem = libc_mem();
    lf_diags diags;
    bool ignored;
    char *text = quoted(json);
    lf_diags_init(&diags, &mem);
    lf_status status = lf_event_read(event, lf_str_of(text), 7, &diags, &ignored);
    char *found = said(&diags);
    if (strcmp(found, want) != 0 || status != (want[0] == '\0' ? LF_OK : LF_E_EVENT) || ignored) {
        fail_msg("%s\nexpected: %s\nfound:    %s", text, want, found);
    }
    /* Nobody has to listen. */
    assert_int_equal(lf_event_read(event, lf_str_of(text), 7, NULL, &ignored), status);
    lf_diags_free(&diags);
    free(found);
    free(text);
}

static void events_are_checked(void **state) {
    lf_blueprint *bp = accepted(document);
    lf_event event;
    (void)state;
    lf_event_init(&event, &bp->mem, bp);
    for (size_t i = 0; i < LF_COUNT(rows); i++) {
        check_row(&event, rows[i].json, rows[i].want);
    }
    for (size_t i = 0; i < LF_COUNT(props); i++) {
        char json[500];
        snprintf(json, sizeof json, HEAD "'%s','props':%s}", props[i].type, props[i].props);
        check_row(&event, json, props[i].want);
    }
    lf_event_clear(&event);
    lf_definitions_unref(bp);
}

static void long_ids_are_refused(void **state) {
    lf_blueprint *bp = accepted(document);
    lf_event event;
    (void)state;
    lf_event_init(&event, &bp->mem, bp);
    for (int n = 255; n <= 256; n++) {
        char id[300] = {0}, json[1000];
        memset(id, 'x', (size_t)n);
        snprintf(json, sizeof json, HEAD "'bare','id':'%s'}", id);
        check_row(&event, json,
                  n == 255 ? "" : "bad-event /id 7:63 an event's id has 1 to 255 bytes\n");
        snprintf(json, sizeof json, "{'contact':'%s','type':'bare','at':'2026-01-05T10:00:00Z'}",
                 id);
        check_row(&event, json,
                  n == 255 ? ""
                           : "bad-event /contact 7:12 a contact's id has 1 to 255 bytes and no "
                             "control characters\n");
    }
    lf_event_clear(&event);
    lf_definitions_unref(bp);
}

static void undeclared_types_may_be_ignored(void **state) {
    static const struct {
        const char *json;
        lf_status status;
        bool ignored;
    } events[] = {
        {"{'contact':'c','type':'other','at':'2026-01-05T10:00:00Z','props':{'x':1}}", LF_OK, true},
        {"{'contact':'c','type':'$other','at':'2026-01-05T10:00:00Z'}", LF_OK, true},
        {"{'contact':'c','type':'other','at':'2026-01-05T10:00:00Z','more':1}", LF_E_EVENT, false},
        {"{'contact':'c','type':'known','at':'2026-01-05T10:00:00Z','props':{'x':1}}", LF_E_EVENT,
         false},
        {"{'contact':'c','type':'derived','at':'2026-01-05T10:00:00Z'}", LF_E_EVENT, false},
        {"{'contact':'c','type':'$merge','at':'2026-01-05T10:00:00Z'}", LF_E_EVENT, false},
        {"{'contact':'c','type':'known','at':'2026-01-05T10:00:00Z'}", LF_OK, false},
        {"{'type':'other'", LF_E_EVENT, false},
    };
    lf_blueprint *bp = accepted("{'leadflow': 1, 'intake': {'on_unknown': 'ignore'}, 'events': "
                                "{'known': {}, 'derived': {'is': 'known', 'when': 'true'}}}");
    lf_event event;
    (void)state;
    lf_event_init(&event, &bp->mem, bp);
    for (size_t i = 0; i < LF_COUNT(events); i++) {
        bool ignored = false;
        char *text = quoted(events[i].json);
        assert_int_equal(lf_event_read(&event, lf_str_of(text), 1, NULL, &ignored),
                         events[i].status);
        assert_int_equal(ignored, events[i].ignored);
        free(text);
    }
    lf_event_clear(&event);
    lf_definitions_unref(bp);
}

/* Whatever a byte becomes, the event is taken or refused with a place. */
static void any_byte_may_be_another(void **state) {
    static const char others[] = "\"\\{}[]:,0 x-\n\xc3";
    lf_blueprint *bp = accepted(document);
    lf_mem mem = libc_mem();
    lf_event event;
    (void)state;
    lf_event_init(&event, &bp->mem, bp);
    for (size_t i = 0; i < LF_COUNT(props); i++) {
        char json[500];
        snprintf(json, sizeof json, HEAD "'%s','props':%s}", props[i].type, props[i].props);
        char *text = quoted(json);
        size_t n = strlen(text);
        for (size_t at = 0; at < n; at++) {
            for (size_t j = 0; j < sizeof others; j++) { /* the NUL at its end, too */
                lf_diags diags;
                bool ignored;
                char was = text[at];
                lf_diags_init(&diags, &mem);
                text[at] = others[j];
                lf_status status = lf_event_read(&event, (lf_str){text, n}, 7, &diags, &ignored);
                assert_true(status == (diags.n == 0 ? LF_OK : LF_E_EVENT) && diags.n <= 1);
                assert_true(diags.n == 0 ||
                            (diags.items[0].line >= 7 && diags.items[0].column > 0));
                text[at] = was;
                lf_diags_free(&diags);
            }
        }
        free(text);
    }
    lf_event_clear(&event);
    lf_definitions_unref(bp);
}

/* ---- what tells a changed duplicate ---- */
static uint32_t content(lf_event *event, const char *type, const char *what) {
    char json[500];
    bool ignored;
    snprintf(json, sizeof json, HEAD "'%s','props':%s}", type, what);
    char *text = quoted(json);
    assert_int_equal(lf_event_read(event, lf_str_of(text), 1, NULL, &ignored), LF_OK);
    free(text);
    assert_int_not_equal(event->content, 0);
    return event->content;
}

static void content_does_not_depend_on_the_order_of_members(void **state) {
    lf_blueprint *bp = accepted(document);
    lf_event event;
    (void)state;
    lf_event_init(&event, &bp->mem, bp);
    uint32_t one = content(&event, "page_view", "{'page':'/','n':1}");
    assert_int_equal(one, content(&event, "page_view", "{ 'n' : 1, 'page' : '/' }"));
    assert_int_not_equal(one, content(&event, "page_view", "{'page':'/','n':2}"));
    assert_int_not_equal(one, content(&event, "page_view", "{'page':'/x','n':1}"));
    assert_int_not_equal(one, content(&event, "page_view", "{'page':'/'}"));
    assert_int_not_equal(content(&event, "page_view", "{'l':['a','b']}"),
                         content(&event, "page_view", "{'l':['b','a']}"));
    assert_int_not_equal(content(&event, "page_view", "{'l':['ab']}"),
                         content(&event, "page_view", "{'l':['a','b']}"));
    uint32_t fields = content(&event, "$update", "{'fields':{'n':1,'email':'a@b.co'}}");
    assert_int_equal(fields, content(&event, "$update", "{'fields':{'email':'a@b.co','n':1}}"));
    assert_int_not_equal(fields, content(&event, "$update", "{'fields':{'email':'a@b.co','n':2}}"));
    assert_int_not_equal(fields,
                         content(&event, "$update", "{'fields':{'email':'a@b.co','n':null}}"));
    lf_event_clear(&event);
    lf_definitions_unref(bp);
}

/* ---- by hand ---- */
static void expect_hand(lf_diagnostics *diagnostics, lf_status have, lf_status want,
                        const char *code, const char *pointer) {
    assert_int_equal(have, want);
    assert_int_equal(lf_diagnostics_count(diagnostics), code == NULL ? 0 : 1);
    if (code != NULL) {
        assert_string_equal(lf_diagnostics_code(diagnostics, 0), code);
        assert_string_equal(lf_diagnostics_pointer(diagnostics, 0), pointer);
        assert_int_equal(lf_diagnostics_line(diagnostics, 0), 0);
    }
    lf_diagnostics_clear(diagnostics);
}

static void events_are_built_by_hand(void **state) {
    lf_blueprint *bp = accepted(document);
    lf_event *event;
    lf_diagnostics *d;
    (void)state;
    assert_int_equal(lf_event_new(bp, &event), LF_OK);
    assert_int_equal(lf_diagnostics_new(NULL, &d), LF_OK);
#define START(type) lf_event_start(event, "c", 1, type, strlen(type), 1000, "e", 1, d)
    expect_hand(d, START("page_view"), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_string(event, "page", 4, "/", 1, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_int(event, "n", 1, 5, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_int(event, "d", 1, 5, d), LF_OK, NULL,
                NULL); /* a whole number is a double */
    expect_hand(d, lf_event_set_double(event, "d", 1, 1.5, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_bool(event, "b", 1, 7, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_time(event, "t", 1, 0, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_json(event, "l", 1, "[\"a\"]", 5, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_check(event, d), LF_OK, NULL, NULL);
    uint32_t by_hand = event->content;
    assert_int_equal(
        by_hand,
        content(event, "page_view",
                "{'t':'1970-01-01T00:00:00Z','b':true,'l':['a'],'d':1.5,'n':5,'page':'/'}"));

    expect_hand(d, START("page_view"), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_double(event, "n", 1, 5, d), LF_E_EVENT, "bad-prop", "/props/n");
    expect_hand(d, lf_event_set_double(event, "d", 1, INFINITY, d), LF_E_ARG, NULL, NULL);
    expect_hand(d, lf_event_set_string(event, "pgae", 4, "/", 1, d), LF_E_EVENT, "unknown-prop",
                "/props/pgae");
    expect_hand(d, lf_event_set_string(event, "page", 4, "\xff", 1, d), LF_E_EVENT, "bad-prop",
                "/props/page");
    expect_hand(d, lf_event_set_time(event, "t", 1, INT64_MAX, d), LF_E_ARG, NULL, NULL);
    expect_hand(d, START("nothing"), LF_E_EVENT, "unknown-type", "/type");
    expect_hand(d, START("pricing"), LF_E_EVENT, "unknown-type", "/type");
    expect_hand(d, START("$merge"), LF_E_EVENT, "not-supported", "/type");
    expect_hand(d, lf_event_start(event, "", 0, "bare", 4, 0, NULL, 0, d), LF_E_EVENT, "bad-event",
                "/contact");
    assert_int_equal(lf_event_start(event, "c", 1, "bare", 4, INT64_MIN, NULL, 0, d), LF_E_EVENT);
    assert_string_equal(lf_diagnostics_text(d, 0), "the years are 1 to 9999");
    expect_hand(d, LF_E_EVENT, LF_E_EVENT, "bad-time", "/at");
    expect_hand(d, lf_event_start(event, "c", 1, "bare", 4, 0, "\xff", 1, d), LF_E_EVENT,
                "bad-event", "/id");

    expect_hand(d, START("$consent"), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_string(event, "channel", 7, "email", 5, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_check(event, d), LF_E_EVENT, "bad-prop", "/props");
    expect_hand(d, lf_event_set_string(event, "status", 6, "maybe", 5, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_check(event, d), LF_E_EVENT, "bad-prop", "/props/status");
    expect_hand(d, lf_event_set_string(event, "status", 6, "denied", 6, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_check(event, d), LF_OK, NULL, NULL);

    expect_hand(d, START("$update"), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_json(event, "fields", 6, "{\"n\":1}", 7, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_check(event, d), LF_OK, NULL, NULL);
    expect_hand(d, lf_event_set_json(event, "fields", 6, "{\"x\":1}", 7, d), LF_OK, NULL, NULL);
    assert_int_equal(lf_event_check(event, d), LF_E_EVENT);
    assert_string_equal(lf_diagnostics_pointer(d, 0), "/props/fields/x");
#undef START
    lf_diagnostics_free(d);
    lf_event_free(event);
    lf_blueprint_unref(bp);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_are_checked),
        cmocka_unit_test(long_ids_are_refused),
        cmocka_unit_test(undeclared_types_may_be_ignored),
        cmocka_unit_test(any_byte_may_be_another),
        cmocka_unit_test(content_does_not_depend_on_the_order_of_members),
        cmocka_unit_test(events_are_built_by_hand),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
