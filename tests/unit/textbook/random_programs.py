"""Random C programs without undefined behaviour (given -fwrapv), for comparing what two compilers make of them.

They keep to what is the same on the textbook machine and on 64-bit Linux: no long, no sizes of pointers.
"""

from __future__ import annotations

import random

INTEGERS = ("int", "unsigned int", "short", "unsigned short", "signed char", "unsigned char", "long long",
            "unsigned long long")  # fmt: skip
FLOATING = ("float", "double")
_FORMATS = {"long long": "%lld", "unsigned long long": "%llu", "unsigned int": "%u"}
_LEAVES = (
    "2147483647", "-2147483647", "0xffffffffu", "'x'", "123456789012LL", "numbers[2]", "global_pair.a", "global_pair.b",
    "global_pair.high", "here_or_not()",
)  # fmt: skip
_NUMBERS = ("0.1f", "0.1", "1.5f", "3.0f", "1e10f", "1e-40f", "-0.0f", "16777216.0f", "1e38f", "7", "global_pair.f",
            "global_pair.g")  # fmt: skip
_BINARY = ("+", "-", "*", "&", "|", "^", "<", "<=", ">", ">=", "==", "!=", "&&", "||")
_ASSIGNMENTS = ("=", "+=", "-=", "*=", "&=", "|=", "^=")


def random_program(seed: int) -> str:
    """A whole program that prints what it computes."""
    return _Generator(random.Random(seed)).program()


class _Generator:
    def __init__(self, choose: random.Random) -> None:
        self._choose = choose
        self._functions: list[tuple[str, str, list[str]]] = []
        self._variables: list[tuple[str, str]] = []
        self._constants: set[str] = set()
        self._names = 0

    def program(self) -> str:
        """The text."""
        self._globals = [(f"g{n}", self._type()) for n in range(4)] + [("gf", "float"), ("gd", "double")]
        lines = ["#include <stdio.h>", "#include <stdlib.h>", "#include <string.h>"]
        lines += ["struct pair { int a; signed char b; long long c; short d[3]; unsigned int low : 5; int high : 9;"]
        lines += ["              float f; double g; };"]
        lines += [f"{type_} {name} = {self._choose.randint(-100, 100)};" for name, type_ in self._globals]
        lines += ["int numbers[8] = {3, 1, 4, 1, 5, 9, 2, 6};", "static struct pair global_pair;"]
        lines += ["int budget = 60;", "double rest;"]
        lines += _FIXED
        for number in range(self._choose.randint(2, 4)):
            lines += self._function(f"f{number}")
        lines += ["int main(void) {"]
        for name, result, parameters in self._functions:
            arguments = ", ".join(str(self._choose.randint(-50, 50)) for _ in parameters)
            lines += [f"  {_printed(name, result, f'{name}({arguments})')}"]
        lines += [f"  {_printed(name, type_, name)}" for name, type_ in self._globals]
        lines += [
            '  for (int i = 0; i < 8; i++) printf("%d ", numbers[i]);',
            '  printf("\\n");',
            "  show(&global_pair);",
        ]
        lines += ['  printf("%d\\n", apply(twice, 21) + apply(negate, 4));', "  return 0;", "}"]
        return "\n".join(lines) + "\n"

    def _name(self, letter: str) -> str:
        """A name that no other variable has: one that hides another must not be used to initialise itself."""
        self._names += 1
        return f"{letter}{self._names}_"

    def _type(self) -> str:
        return self._choose.choice(INTEGERS)

    def _qualifier(self, name: str) -> str:
        """How a variable of that name may be used; other functions may have one that is const."""
        qualifier = self._choose.choice(("", "", "", "volatile ", "const ", "const volatile "))
        (self._constants.add if "const" in qualifier else self._constants.discard)(name)
        return qualifier

    def _function(self, name: str) -> list[str]:
        result = self._choose.choice((*INTEGERS, *FLOATING))
        parameters = [self._choose.choice((*INTEGERS, *FLOATING)) for _ in range(self._choose.randint(1, 4))]
        self._variables = [(f"p{n}", type_) for n, type_ in enumerate(parameters)] + list(self._globals)
        declared = ", ".join(f"{self._qualifier(f'p{n}')}{type_} p{n}" for n, type_ in enumerate(parameters))
        body = [f"{result} {name}({declared}) {{", "  if (--budget < 0) return 1;", "  struct pair here = global_pair;"]
        body += ["  struct pair *where = &here;"]
        for number in range(self._choose.randint(1, 4)):
            type_ = self._choose.choice((*INTEGERS, *FLOATING))
            body += [f"  {self._qualifier(f'v{number}')}{type_} v{number} = {self._expression(type_, 2)};"]
            self._variables.append((f"v{number}", type_))
        body += self._statements(self._choose.randint(3, 7), 1)
        body += [f"  if (p0 > 0 && budget > 40) return {name}({', '.join(['p0 - 1', *self._rest(parameters)])}) + 1;"]
        body += ["  where->c += here.a;", "  global_pair = *where;"]
        body += [f"  return {self._expression(result, 3)};", "}"]
        self._functions.append((name, result, parameters))
        return body

    def _rest(self, parameters: list[str]) -> list[str]:
        return [self._expression(type_, 1) for type_ in parameters[1:]]

    # ---- statements ----

    def _statements(self, count: int, depth: int) -> list[str]:
        lines: list[str] = []
        for _ in range(count):
            lines += ["  " * depth + line for line in self._statement(depth)]
        return lines

    def _statement(self, depth: int) -> list[str]:
        kinds = ["assign", "assign", "calling", "array", "member", "print", "step"]
        if depth < 3:
            kinds += ["if", "for", "while", "switch", "block", "do"]
        return getattr(self, f"_{self._choose.choice(kinds)}")(depth)  # type: ignore[no-any-return]

    def _assign(self, depth: int) -> list[str]:
        name, type_ = self._choose.choice([one for one in self._variables if one[0] not in self._constants])
        operator = self._choose.choice(("=", "+=", "-=", "*=", "/=") if type_ in FLOATING else _ASSIGNMENTS)
        if self._choose.random() < 0.2 and type_ not in FLOATING:
            return [f"{name} {self._choose.choice(('<<=', '>>='))} {self._small()};"]
        return [f"{name} {operator} {self._expression(type_, 3)};"]

    def _calling(self, depth: int) -> list[str]:
        if not self._functions:
            return self._print(depth)
        called, result, parameters = self._choose.choice(self._functions)
        name, type_ = self._choose.choice([one for one in self._variables if one[0] not in self._constants])
        arguments = ", ".join(self._expression(type_, 2) for type_ in parameters)
        call = f"{called}({arguments})"
        return [f"{name} = ({type_}){_as_integer(call, result) if type_ not in FLOATING else call};"]

    def _small(self) -> str:
        return f"(({self._expression('int', 1)}) & 7)"

    def _array(self, depth: int) -> list[str]:
        operator = self._choose.choice(_ASSIGNMENTS)
        return [f"numbers[{self._small()}] {operator} {self._expression('int', 2)};"]

    def _member(self, depth: int) -> list[str]:
        member, type_ = self._choose.choice(
            (("a", "int"), ("b", "signed char"), ("c", "long long"), ("d[1]", "short"), ("low", "int"), ("high", "int"),
             ("f", "float"), ("g", "double"))
        )  # fmt: skip
        access = self._choose.choice(("here.", "where->", "global_pair."))
        operator = self._choose.choice(("=", "+=", "*=" if type_ in FLOATING else "^="))
        return [f"{access}{member} {operator} {self._expression(type_, 2)};"]

    def _print(self, depth: int) -> list[str]:
        name, type_ = self._choose.choice(self._variables)
        return [_printed(name, type_, name)]

    def _step(self, depth: int) -> list[str]:
        name, type_ = self._choose.choice([one for one in self._variables if one[0] not in self._constants])
        if type_ in FLOATING:
            return [self._choose.choice((f"{name} = {name} / 3;", f"{name}++;", f"--{name};", f"rest = {name}--;"))]
        return [
            self._choose.choice((f"{name}++;", f"--{name};", f"numbers[{name} & 7]++;", f"numbers[3] += {name}--;"))
        ]

    def _if(self, depth: int) -> list[str]:
        lines = [f"if ({self._expression('int', 2)}) {{", *self._statements(2, 1), "}"]
        return [*lines[:-1], "} else {", *self._statements(1, 1), "}"] if self._choose.random() < 0.5 else lines

    def _loop(self, head: str, depth: int, foot: str = "}") -> list[str]:
        lines = self._statements(2, depth)
        if self._choose.random() < 0.3:
            lines.append(f"  if ({self._expression('int', 1)}) {self._choose.choice(('break', 'continue'))};")
        return [head, *lines, foot]

    def _for(self, depth: int) -> list[str]:
        name = self._name("i")
        saved = list(self._variables)
        self._variables.append((name, "int"))
        self._constants.add(name)
        lines = self._loop(f"for (int {name} = 0; {name} < {self._choose.randint(1, 6)}; {name}++) {{", depth + 1)
        self._variables = saved
        return lines

    def _while(self, depth: int) -> list[str]:
        name = self._name("w")
        head = f"{{ int {name} = {self._choose.randint(1, 5)}; while ({name}-- > 0) {{"
        return self._loop(head, depth + 1, "}}")

    def _do(self, depth: int) -> list[str]:
        name = self._name("d")
        return self._loop(f"{{ int {name} = 0; do {{", depth + 1, f"}} while (++{name} < 3); }}")

    def _switch(self, depth: int) -> list[str]:
        lines = [f"switch (({self._expression('int', 2)}) & 3) {{"]
        for case in range(3):
            lines += [f"case {case}:", *self._statements(1, 1)]
            if self._choose.random() < 0.7:
                lines.append("  break;")
        return [*lines, "default:", *self._statements(1, 1), "}"]

    def _block(self, depth: int) -> list[str]:
        type_ = self._type()
        name = self._name("b")
        saved = list(self._variables)
        first = f"{{ {self._qualifier(name)}{type_} {name} = {self._expression(type_, 2)};"
        self._variables.append((name, type_))
        lines = [first, *self._statements(2, 1), "}"]
        self._variables = saved
        return lines

    # ---- expressions ----

    def _expression(self, type_: str, depth: int) -> str:
        """An expression that such a variable can be assigned."""
        return self._floating(depth) if type_ in FLOATING else self._integer(depth)

    def _floating(self, depth: int) -> str:
        """A floating expression, or one that becomes so."""
        if depth <= 0 or self._choose.random() < 0.2:
            return self._floating_leaf()
        if self._choose.random() < 0.6:
            return f"({self._floating(depth - 1)} {self._choose.choice('+-*/')} {self._floating(depth - 1)})"
        left, right = self._floating(depth - 1), self._floating(depth - 1)
        return self._choose.choice(
            (f"(float)({left})", f"(double)({left})", f"-({left})", f"third({left})", f"mixed({left}, {right})",
             f"({self._integer(depth - 1)} ? {left} : {right})", f"(float)({self._integer(depth - 1)})",
             f"({self._integer(depth - 1)}) * 0.1f")
        )  # fmt: skip

    def _floating_leaf(self) -> str:
        names = [name for name, type_ in self._variables if type_ in FLOATING]
        return self._choose.choice((*names, *_NUMBERS))

    def _comparison(self, depth: int) -> str:
        operator = self._choose.choice(("<", "<=", ">", ">=", "==", "!=", "&&"))
        return f"({self._floating(depth - 1)} {operator} {self._floating(depth - 1)})"

    def _integer(self, depth: int) -> str:
        if depth <= 0 or self._choose.random() < 0.2:
            return self._leaf()
        kinds = [self._operation, self._operation, self._operation, self._shift, self._division, self._cast]
        kinds += [self._choice, self._not, self._call, self._comma, self._comparison]
        return self._choose.choice(kinds)(depth)

    def _leaf(self) -> str:
        name, type_ = self._choose.choice(self._variables)
        if self._choose.random() < 0.35:
            return self._choose.choice((str(self._choose.randint(-9, 99)), *_LEAVES))
        return _as_integer(name, type_)

    def _operation(self, depth: int) -> str:
        return f"({self._integer(depth - 1)} {self._choose.choice(_BINARY)} {self._integer(depth - 1)})"

    def _shift(self, depth: int) -> str:
        return f"({self._integer(depth - 1)} {self._choose.choice(('<<', '>>'))} (({self._integer(depth - 1)}) & 15))"

    def _division(self, depth: int) -> str:
        divisor = f"((({self._integer(depth - 1)}) & 63) + 1)"
        return f"({self._integer(depth - 1)} {self._choose.choice('/%')} {divisor})"

    def _cast(self, depth: int) -> str:
        return f"({self._type()})({self._integer(depth - 1)})"

    def _choice(self, depth: int) -> str:
        return f"({self._integer(depth - 1)} ? {self._integer(depth - 1)} : {self._integer(depth - 1)})"

    def _not(self, depth: int) -> str:
        return f"{self._choose.choice('!~-')}({self._integer(depth - 1)})"

    def _comma(self, depth: int) -> str:
        return f"({self._leaf()}, {self._integer(depth - 1)})"

    def _call(self, depth: int) -> str:
        """Of a function without effects: nothing says in which order the parts of an expression are computed."""
        if self._choose.random() < 0.3:
            return f"apply({self._choose.choice(('twice', 'negate'))}, {self._integer(depth - 1)})"
        return f"add3({self._integer(depth - 1)}, {self._leaf()}, {self._integer(depth - 2)})"


def _printed(label: str, type_: str, value: str) -> str:
    if type_ in FLOATING:
        return f'shown("{label}", {value});'
    return f'printf("{label} {_FORMATS.get(type_, "%d")}\\n", {value});'


def _as_integer(value: str, type_: str) -> str:
    """What is too large for an integer must not be converted to one."""
    return f"whole({value})" if type_ in FLOATING else value


_FIXED = [
    "int add3(int a, int b, int c) { return a + b * 2 - c; }",
    "int here_or_not(void) { return budget & 1; }",
    "int whole(double x) { return x > -1e9 && x < 1e9 ? (int)x : 0; }",
    "float third(float x) { return x / 3; }",
    "double mixed(float x, double y) { return x * y + 1; }",
    "void shown(const char *name, double x) {",
    "  /* Nobody says which sign it has. */",
    '  if (x != x) printf("%s nan\\n", name); else printf("%s %.17g\\n", name, x);',
    "}",
    "int twice(int x) { return 2 * x; }",
    "int negate(int x) { return -x; }",
    "int apply(int (*f)(int), int x) { return f(x); }",
    "void show(struct pair *p) {",
    '  printf("%d %d %lld %d %d %d %d\\n", p->a, p->b, p->c, p->d[0], p->d[1], p->low, p->high);',
    '  shown("f", p->f); shown("g", p->g);',
    "}",
]
