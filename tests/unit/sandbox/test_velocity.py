"""The reader of mapping templates: what Velocity says of each construct, and what is refused.

Expected values: Apache Velocity Engine 1.7 User Guide and VTL Reference, Java SE 8's API.
"""

from __future__ import annotations

from typing import Any

import pytest

from labkit.sandbox.services.apigateway.velocity import (
    TemplateError,
    from_json,
    parse,
    render,
)


def rendered(template: str, **variables: Any) -> str:
    return render(parse(template), dict(variables))


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("plain $ and # text", "plain $ and # text"),
        ("costs $5, #fff, a@b.c", "costs $5, #fff, a@b.c"),
        ("## a comment\nnext", "next"),
        ("a#* all\nof it *#b", "ab"),
        ("#[[ $x #if ]]#", " $x #if "),
        ("$x", "1"),
        ("${x}y", "1y"),
        ("$!x$!{x}", "11"),
        ("$missing|$!missing|${missing.deeper}", "||"),
        ("$x.", "1."),
        ("\\$x", "$x"),
        ("\\$missing", "\\$missing"),
        ("\\#if and \\#other", "#if and \\#other"),
        ("$m.a-$m['b']-$m.get('c')", "1-2-"),
        ("$m", "{a=1, b=2}"),
        ("$items[0]$items.get(1)$items.size()", "ab2"),
        ("$items", "[a, b]"),
        ("$name-with-dash", "dashed"),
    ],
)
def test_text_and_references(template: str, expected: str) -> None:
    variables = {"x": 1, "m": {"a": 1, "b": 2}, "items": ["a", "b"], "name-with-dash": "dashed"}
    assert rendered(template, **variables) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("#set($x = 1)\n$x", "1"),
        ("# set ( $x = 1 )$x", "1"),
        ("#set($x = 'it''s $y')$x", "it's $y"),
        ('#set($y = 2)#set($x = "is $y #if(true)yes#end")$x', "is 2 yes"),
        ("#set($x = [1, 'b', [2]])$x", "[1, b, [2]]"),
        ("#set($x = {'a': 1, 'b': {'c': true}})$x.b.c $x", "true {a=1, b={c=true}}"),
        ("#set($x = {})#set($x.a = 1)#set($x['b'] = 2)$x", "{a=1, b=2}"),
        ("#set($x = [1, 2])#set($x[1] = 5)$x", "[1, 5]"),
        ("#set($x = [1..3])$x#set($y = [2..0])$y", "[1, 2, 3][2, 1, 0]"),
        ("#set($x = 7 / 2)$x #set($x = -7 / 2)$x #set($x = -7 % 3)$x", "3 -3 -1"),
        ("#set($x = 1 + 2 * 3 - (4 - 1))$x", "4"),
        ("#set($x = 7.0 / 2)$x #set($x = 1.5 + 1.5)$x", "3.5 3.0"),
        ("#set($x = 1 / 0)[$!x]", "[]"),
        ("#set($x = 'a' + 1)$x", "a1"),
        ("#set($x = !false && (1 < 2 || false))$x", "true"),
        ("#set($x = 1 lt 2 and not (1 ge 2) or false)$x", "true"),
        ("#set($x = 1 == 1.0)$x #set($x = '1' == 1)$x #set($x = 'a' != 'b')$x", "true true true"),
        ("#set($x = $nothing == $nothing)$x", "true"),
    ],
)
def test_set_and_expressions(template: str, expected: str) -> None:
    assert rendered(template) == expected


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("#if($yes)a#elseif($no)b#{else}c#end", "a"),
        ("#if($no)a#elseif($yes)b#else c#end", "b"),
        ("#if($nothing)a#else\nc#end", "c"),
        ("#if($empty)a#end#if($zero)b#end", "ab"),
        ("#if($yes)\n a\n#end\nb", " a\nb"),
        ("#foreach($i in [1..3])$i#if($foreach.hasNext),#end#end", "1,2,3"),
        (
            "#foreach($i in ['a','b'])$foreach.index$foreach.count$velocityCount$i #end",
            "011a 122b ",
        ),
        ("#foreach($v in {'a': 1, 'b': 2})$v#end", "12"),
        ("#foreach($k in $map.keySet())$k=$map.get($k);#end", "x=1;y=2;"),
        ("#foreach($e in $map.entrySet())$e.key=$e.getValue();#end", "x=1;y=2;"),
        ("#foreach($i in [1..5])#if($i == 3)#break#end$i#end.", "12."),
        (
            "#foreach($i in [1..2])#foreach($j in [1..2])$foreach.parent.index$j #end#end",
            "01 02 11 12 ",
        ),
        ("#foreach($i in $nothing)x#end.", "."),
        ("a#stop b", "a"),
    ],
)
def test_branches_and_loops(template: str, expected: str) -> None:
    variables = {"yes": True, "no": False, "empty": "", "zero": 0, "map": {"x": 1, "y": 2}}
    assert rendered(template, **variables) == expected


def test_a_loop_gives_its_variable_back_and_ends_after_a_thousand() -> None:
    assert rendered("#set($i = 9)#foreach($i in [1..2])$i#end$i") == "129"
    assert rendered("#foreach($i in [1..2000])x#end") == "x" * 1000


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        (3 * "#foreach($i in [1..1000])" + "x" + 3 * "#end", "more than 200,000 parts"),
        ("#set($s = 'ab')#foreach($i in [1..100])#set($s = \"$s$s\")#end$s", "a text is longer"),
        ("#foreach($i in [1..1000])$long#end", "a text is longer"),
    ],
)
def test_a_template_has_an_end(template: str, reason: str) -> None:
    with pytest.raises(TemplateError, match=reason):
        rendered(template, long="x" * 100_000)


def test_a_range_has_an_end() -> None:
    with pytest.raises(TemplateError, match=r"the range 1\.\.2000000000 is longer"):
        rendered("#foreach($i in [1..2000000000])x#end")


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("$text.length()", "7"),
        ("$text.trim().toUpperCase().substring(1, 3)", "I "),
        ("$text.trim().replaceAll('(.)i', '<$1>')", "<h> <K>m"),
        ("$text.trim().replaceFirst('i', 'o').replace('K', 'T')", "ho Tim"),
        ("$text.contains('Ki') $text.indexOf('i') $text.lastIndexOf('i')", "true 2 5"),
        ("$csv.split(',').size() $csv.split(',')[1]", "2 b"),
        ("$csv.matches('a.*') $csv.matches('a')", "true false"),
        (
            "$csv.equalsIgnoreCase('A,B,,') $csv.startsWith('a') $csv.endsWith('b')",
            "true true false",
        ),
        ("$items.add('z') $items.contains('z') $items.indexOf('z') $items", "true true 1 [a, z]"),
        ("$items.remove(0) $items.isEmpty()", "a true"),
        ("$map.put('k', 'v')$map.k $map.containsKey('q') $map.getOrDefault('q', 1)", "v false 1"),
        ("$number.parseInt('12') $number.equals(4) $number.toString().length()", "12 true 1"),
        ("$text.class", ""),
    ],
)
def test_methods_of_java(call: str, expected: str) -> None:
    variables: dict[str, Any] = {"text": " hi Kim", "csv": "a,b,,", "map": {}, "number": 4}
    assert rendered(call, items=["a"], **variables) == expected


def test_json_prints_its_lists_as_json_and_its_maps_as_java() -> None:
    document = from_json('{"a": 1, "b": [{"c": 5.0}, "x"], "d": null}')
    assert rendered("$d", d=document) == '{a=1, b=[{"c":5.0},"x"], d=null}'
    assert rendered("$d.b", d=document) == '[{"c":5.0},"x"]'
    assert rendered("$d.b[0]", d=document) == "{c=5.0}"


@pytest.mark.parametrize(
    ("number", "expected"),
    [(1.0, "1.0"), (0.5, "0.5"), (1e7, "1.0E7"), (12345678.9, "1.23456789E7"), (1e-4, "1.0E-4")],
)
def test_doubles_are_printed_as_java_prints_them(number: float, expected: str) -> None:
    assert rendered("$n", n=number) == expected


@pytest.mark.parametrize(
    ("template", "reason"),
    [
        ("#if(true)", "without its #end [line 1"),
        ("a\n#end", "#end without"),
        ("#if(true)#else#else#end", "after #else"),
        ("#foreach($x in [1])#else#end", "#foreach"),
        ("#set($x 1)", "expected '='"),
        ("#set(x = 1)", "needs a reference"),
        ("#set($x = )", "Expected a value"),
        ("#set($x.y = 1)", "cannot be set"),
        ("${x", "has no end"),
        ("#macro(a)b#end", "#macro is not known in the sandbox"),
        ("#parse('a')", "#parse is not known in the sandbox"),
        ("$s.frobnicate()", "frobnicate() of a String is not known in the sandbox"),
        ("$s.substring(9)", "substring() failed"),
        ("$s.trim(1)", "trim() failed"),
    ],
)
def test_what_cannot_be_read_or_is_not_known_is_refused(template: str, reason: str) -> None:
    with pytest.raises(TemplateError) as caught:
        rendered(template.replace("\\n", "\n"), s="text")
    assert reason in str(caught.value)
