#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes template-cases.json: templates, chats and what Jinja itself makes of them, rendered as transformers does it.

    pip install jinja2==3.1.6 && TZ=UTC python3 template-cases.py > template-cases.json

templates/ holds chat templates in the manner of the large families'; the short ones below cover the language."""
import datetime
import glob
import json
import os

import jinja2.ext
import jinja2.sandbox

NOW = 1700000000  # what the program's renderer is given as the time
TOKENS = {"bos_token": "<s>", "eos_token": "</s>", "unk_token": "<unk>"}
CHATS = {
    "one": [{"role": "user", "content": "Hi there"}],
    "three": [{"role": "user", "content": "  One?\n"}, {"role": "assistant", "content": "Two."}, {"role": "user", "content": "Drei, ärö 東京!"}],
    "system": [{"role": "system", "content": "Be brief.\n"}, {"role": "user", "content": "What's \"up\"?"}],
    "thought": [{"role": "user", "content": "Think"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nDone"},
                {"role": "user", "content": "More"}, {"role": "assistant", "content": "<think>\nhm\n</think>\n\nDone"}],
    "tool": [{"role": "user", "content": "Call"}, {"role": "tool", "content": "{\"a\": 1}"}, {"role": "tool", "content": "<b> & 'c'"}],
    "twice": [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
    "empty": [{"role": "user", "content": ""}],
}

SHORT = r"""
plain text
{{ 1 }} {{ 'a' }} {{ "b\n\t\\\"\u00e9\x41\101" }} {{ none }} {{ true }} {{ False }} {{ 1.5 }} {{ 1e3 }} {{ 12_000 }} {{ undefined_name }}
{{ 1 + 2 * 3 - 4 }} {{ 7 // 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7 / 2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 7.5 // 2 }} {{ -7.5 % 2 }} {{ 1.0 }} {{ 1e16 }} {{ 0.1 + 0.2 }} {{ 1e-5 }}
{{ 'a' + 'b' ~ 1 ~ none ~ 2.0 }} {{ 'ab' * 3 }} {{ [1] * 2 }} {{ -2 ** 2 }} {{ -1|abs }} {{ 3 - -1 }} {{ +5 }}
{{ [1, 'a', "it's", [2.0, none], {'k': true}, (1,), ()] }} {{ (1, 2) }} {{ 1, 2 }} {{ {} }} {{ [] }} {{ 'x"y' }} {{ ['x"y\'z\n\\'] }}
{{ 1 < 2 < 3 }} {{ 1 < 2 > 3 }} {{ 1 == 1.0 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ 1 != 2 }} {{ 2 >= 2 }} {{ true == 1 }} {{ none == none }} {{ 'a' == 1 }}
{{ 'a' in 'cat' }} {{ 'z' not in 'cat' }} {{ 1 in [1, 2] }} {{ 'role' in messages[0] }} {{ 'x' in {} }} {{ 'a' in undefined_name }} {{ not 1 in [2] }}
{{ 1 and 0 or 'z' }} {{ not '' }} {{ none or 'd' }} {{ [] and 1 }} {{ not not 'a' }}
{{ 'y' if 1 else 'n' }} {{ 'y' if 0 else 'n' }} [{{ 'y' if 0 }}] {{ 'a' if 0 else 'b' if 0 else 'c' }}
{{ messages[0].role }} {{ messages[0]['role'] }} {{ messages[-1].content }} {{ messages[0].nothing }} {{ messages[9] is defined }} {{ messages[0].get('role') }} {{ messages[0].get('x') }} {{ messages[0].get('x', 'd') }}
{{ 'hello'[1] }} {{ 'hello'[-1] }} {{ 'hello'[1:3] }} {{ 'hello'[:-1] }} {{ 'hello'[::-1] }} {{ 'hello'[::2] }} {{ [1,2,3,4][1:] }} {{ [1,2,3,4][-2:] }} {{ [1,2,3,4][::-2] }} {{ [1,2,3][5:] }} {{ 'ärö東'[1:] }} {{ 'hello'[9] is defined }} {{ (1,2,3)[:2] }}
{{ '  x y '|trim }} {{ 'xxaxx'|trim('x') }} {{ 'aBc'|upper }} {{ 'aBc'|lower }} {{ 'hello world-foo (bar'|title }} {{ 'hELLO wORLD'|capitalize }} {{ 'ärö'|length }} {{ [1,2]|length }} {{ {'a': 1}|count }}
{{ nope|default('d') }} {{ ''|default('d') }}| {{ ''|default('d', true) }} {{ none|d('x', boolean=true) }} {{ nope|default }}|
{{ [1,2,3]|join }} {{ [1,2,3]|join(', ') }} {{ messages|map(attribute='role')|join('-') }} {{ messages|join('|', attribute='content') }} {{ 'abc'|join('.') }}
{{ [3,1,2]|sort }} {{ [3,1,2]|sort(reverse=true) }} {{ ['b','A','c']|sort }} {{ ['b','A','c']|sort(case_sensitive=true) }} {{ [1,2,3]|reverse|list }} {{ 'abc'|reverse }} {{ [1,2]|first }} {{ [1,2]|last }} {{ []|first is defined }} {{ [1,1,2]|unique|list }} {{ [1,2,3]|sum }} {{ [1,5,3]|max }} {{ [4,2]|min }}
{{ '42'|int }} {{ 'x'|int }} {{ 'x'|int(7) }} {{ '3.7'|int }} {{ '3.5'|float }} {{ 4.6|int }} {{ 2.567|round(2) }} {{ 2.5|round }} {{ 2.1|round(method='ceil') }} {{ 5|string ~ '!' }} {{ 'abc'|list }} {{ 'abc'|safe }}
{{ {'b': 1, 'a': [1, 2.5, none, true, "x\"\n\u0001é</>'"]}|tojson }} {{ []|tojson }} {{ {}|tojson }} {{ 'a&b'|tojson }} {{ [1, {'x': []}]|tojson(indent=2) }} {{ {'b': 1, 'a': 2}|tojson(sort_keys=true) }}
{{ {'b': 1, 'a': 2}.items()|list }} {{ {'b': 1, 'a': 2}|items|list }} {{ {'b': 1, 'a': 2}|dictsort }} {{ {'b': 1}.keys()|list }} {{ {'b': 1}.values()|list }} {% for k, v in {'x': 1, 'y': 2}.items() %}{{ k }}={{ v }};{% endfor %} {% for k in {'x': 1} %}{{ k }}{% endfor %}
{{ messages|selectattr('role', 'equalto', 'user')|list|length }} {{ messages|rejectattr('role', 'eq', 'user')|list|length }} {{ [1,2,3,4]|select('even')|list }} {{ [1,2,3,4]|reject('odd')|list }} {{ [0,1,'']|select|list }} {{ ['a','b']|map('upper')|list }} {{ [1,2,3]|select('gt', 1)|list }} {{ messages|selectattr('nope')|list }} {{ ['a ', 'b']|map('replace', 'a', 'z')|list }} {{ messages|selectattr('nope', 'defined')|list|length }}
{{ ' a b  c '.split() }} {{ 'a,b,c'.split(',') }} {{ 'a,b,c'.split(',', 1) }} {{ 'a,b,c'.rsplit(',', 1) }} {{ ' a b  c '.split(none, 1) }} {{ ' a b  c '.rsplit(none, 1) }} {{ ''.split(',') }} {{ ''.split() }} {{ 'a\nb\r\nc'.splitlines() }}
{{ ' x '.strip() }}|{{ ' x '.lstrip() }}|{{ ' x '.rstrip() }}|{{ 'xyax'.strip('xy') }}|{{ '\u3000x\u00a0'.strip() }}|{{ 'ab'.startswith('a') }} {{ 'ab'.endswith(('x', 'b')) }} {{ 'aXbX'.replace('X', '-') }} {{ 'aXbX'.replace('X', '-', 1) }} {{ 'ab'.replace('', '.') }} {{ 'Ab'.upper() }} {{ 'Ab'.lower() }} {{ "they're bill's".title() }} {{ 'aB'.capitalize() }}
{{ 'hello'.find('l') }} {{ 'hello'.rfind('l') }} {{ 'hello'.find('z') }} {{ 'hello'.count('l') }} {{ 'ä-b'.find('b') }} {{ '-'.join(['a', 'b']) }} {{ '12'.isdigit() }} {{ 'a1'.isalpha() }} {{ 'a1'.isalnum() }} {{ ' '.isspace() }} {{ 'ab'.islower() }} {{ 'prefix-x'.removeprefix('prefix-') }} {{ [1,2,1].count(1) }} {{ [1,2].index(2) }}
{{ 1 is number }} {{ 1 is integer }} {{ 1.0 is float }} {{ true is boolean }} {{ true is integer }} {{ 'a' is string }} {{ [] is sequence }} {{ [] is iterable }} {{ {} is mapping }} {{ none is none }} {{ nope is defined }} {{ nope is undefined }} {{ nope is none }} {{ 4 is even }} {{ 4 is odd }} {{ 4 is divisibleby 2 }} {{ 4 is divisibleby(3) }} {{ 1 is eq 1 }} {{ 1 is ne(2) }} {{ 3 is gt 2 }} {{ 2 is in [1, 2] }} {{ 'a' is lower }} {{ 'A' is upper }} {{ 1 is not string }} {{ none is sameas none }} {{ true is true }} {{ 0 is false }} {{ 'a' is iterable }} {{ {} is sequence }}
{% for m in messages %}{{ loop.index }}{{ loop.index0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.depth }}{{ loop.cycle('a', 'b') }}{{ loop.changed(m.role) }}[{{ loop.previtem.role if loop.previtem is defined else '-' }}]{{ loop.nextitem is defined }}{% endfor %}
{% for x in [] %}x{% else %}none{% endfor %} {% for x in [1,2,3,4] if x is even %}{{ loop.index }}:{{ x }} {% endfor %} {% for a, b in [(1, 2), [3, 4]] %}{{ a }}{{ b }} {% endfor %} {% for c in 'äb' %}{{ c }}.{% endfor %} {% for x in nope %}x{% endfor %} {% for i in range(3) %}{{ i }}{% endfor %} {{ range(1, 10, 3)|list }} {{ range(5, 0, -2)|list }}
{% for x in range(10) %}{% if x == 2 %}{% continue %}{% endif %}{% if x == 5 %}{% break %}{% endif %}{{ x }}{% endfor %} {% for x in [1,2] %}{% for y in [1,2] %}{% if y == 2 %}{% break %}{% endif %}{{ x }}{{ y }}{% endfor %};{% endfor %}
{% for x in [{'c': [{'c': []}, {'c': [{'c': []}]}]}] recursive %}({{ loop.depth }}{{ loop(x.c) }}){% endfor %}
{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = x + i %}{{ x }} {% endfor %}{{ x }} {% if true %}{% set x = 9 %}{% endif %}{{ x }}
{% set ns = namespace(n=0, s='') %}{% for m in messages %}{% set ns.n = ns.n + 1 %}{% set ns.s = ns.s + m.role[0] %}{% endfor %}{{ ns.n }}{{ ns.s }} {{ ns.missing is defined }} {% set a, b = 1, 2 %}{{ a }}{{ b }} {% set t = 1, 2 %}{{ t }} {% set d = dict(a=1, b='x') %}{{ d }}
{% set x %}one {{ 1 + 1 }}{% endset %}{{ x }} {% set y | upper | trim %} loud {% endset %}{{ y }}
{% if 0 %}a{% elif '' %}b{% elif 1 %}c{% else %}d{% endif %}{% if none %}e{% else %}f{% endif %}
{% macro m(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ m(1) }} {{ m(1, 3) }} {{ m(c=5, a=1) }} {{ m() }} {{ m is callable }}
{% macro list(items) %}{{ caller(items[0]) }}{{ caller(items[1], 'z') }}{% endmacro %}{% call(x, y='q') list([1, 2]) %}<{{ x }}{{ y }}>{% endcall %}
{% raw %}{{ not }} {% a %}{% endraw %} {# gone #} {#- gone -#} x {{- 1 -}} y {%- if 1 -%} z {%- endif -%} w
  {% if 1 %}¶   two   ¶  {% endif %}¶{{ 1 }}¶  {%+ if 1 +%}¶x{% endif %}   ¶{# c #}¶   {# d #}   ¶{{ 2 }}  {% if 1 %}  three{% endif %}¶¶
x   ¶   {%- if 1 %}¶¶  y{% endif -%}  ¶¶ z {{- '' }} ¶ w {{ '' -}} ¶ v¶
{%- for m in messages -%}¶  [{{ m.role }}]¶{%- endfor %}¶end¶
{{ {'a': {'b': 1}}['a']['b'] }}{{ {'a': 1}.a }} {{ 'x' 'y' }} {{ ['a', 'b'][loop is defined] }} {{ (1 + 2) * 3 }} {{ messages|length > 1 }} {{ messages[0].content|length - 1 }} {{ 'a' ~ 'b'|upper }}
{{ 'line\nnext\n\nlast'|indent }}|{{ 'a\nb'|indent(2, true) }}|{{ 'a\n\nb'|indent(width='> ', blank=true) }}|{{ 'a\nb\n'|indent(1) }}
{{ strftime_now('%Y-%m-%d %H:%M') }} {{ strftime_now('') }} {{ tools is none }} {{ tools is defined }} {{ documents is none }} {{ pad_token is defined }}{{ pad_token }} {{ bos_token + eos_token + unk_token }} {{ add_generation_prompt }}
{% generation %}inside{% endgeneration %} {% with x = 3, y = 4 %}{{ x * y }}{% endwith %}{{ x is defined }}
{{ raise_exception('refused: ' + messages[0].role) }}
{% if messages|length > 2 %}{{ raise_exception('too long') }}{% endif %}short
{{ "a" if messages[0].content is string and messages[0].content else "b" }} {{ messages[0].tool_calls is defined and messages[0].tool_calls }} {{ (messages|last).role }} {{ messages|map(attribute='content')|map('length')|list }} {{ messages|selectattr('role', 'in', ['user', 'tool'])|map(attribute='role')|list }}
{{ 1in [1] and 2 not in [1] }} {{ not 1 == 2 }} {{ 1 if true else 2 if false else 3 }} {{ [1, 2, ] }} {{ {'a': 1, } }} {{ ('a') }} {{ ('a',) }} {{ 10 // 3 * 3 + 10 % 3 }} {{ 2 * 3 ~ 4 }}
""".strip("\n").split("\n")


class Generation(jinja2.ext.Extension):
    """transformers' tag around the assistant's text, which renders as what is inside."""
    tags = {"generation"}

    def parse(self, parser):
        next(parser.stream)
        body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
        return jinja2.nodes.Scope(body)


class Refused(Exception):
    pass


def refuse(message):
    raise Refused(message)


def render(template, messages, prompt, tokens):
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True,
                                                               extensions=[Generation, jinja2.ext.loopcontrols])
    environment.filters["tojson"] = lambda value, ensure_ascii=False, indent=None, separators=None, sort_keys=False: json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)
    environment.globals["raise_exception"] = refuse
    environment.globals["strftime_now"] = lambda form: datetime.datetime.fromtimestamp(NOW).strftime(form)
    try:
        return environment.from_string(template).render(messages=messages, tools=None, documents=None, add_generation_prompt=prompt,
                                                        **tokens)
    except Refused as refused:
        return f"error: {refused}"


if __name__ == "__main__":
    cases = []
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), "templates")
    for path in sorted(glob.glob(os.path.join(folder, "*.jinja"))):
        source = open(path).read()
        for name, messages in CHATS.items():
            for prompt in (True, False):
                cases.append({"name": f"{os.path.basename(path)} {name}", "template": source, "messages": messages, "prompt": prompt})
    for number, source in enumerate(SHORT):
        for name in ("three", "system"):
            cases.append({"name": f"short {number} {name}", "template": source.replace("¶", "\n"), "messages": CHATS[name], "prompt": False})
    for case in cases:
        case["text"] = render(case["template"], case["messages"], case["prompt"], TOKENS)
    print(json.dumps(cases, indent=1, ensure_ascii=False))
