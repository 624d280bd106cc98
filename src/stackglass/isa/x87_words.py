"""x87 instructions in words, for i386 and x86-64: the registers of its stack are told with what they hold."""

from __future__ import annotations

from stackglass.isa.words import Comparing, Idiom

_TOP, _RESULT, _POPPED = "st(0) ({reg_was:st0})", "st(0) = {reg:st0}", "and pops the x87 stack: {b.name} = {b.now}"


def _operation(phrase: str, name: str, *, backwards: str = "") -> tuple[Idiom, ...]:
    """Rows for what changes `{left}` by `{right}`; `backwards` is the mnemonic that takes them the other way round.

    What pops has as b where the result is afterwards.
    """

    def said(left: str, right: str, ending: str) -> str:
        return phrase.replace("{left}", left).replace("{right}", right) + ending

    rows = [
        Idiom(f"{name}p", "", said("{a.what}", _TOP, f", {_POPPED}")),
        Idiom(name, "b:register", said("{a.what}", "{b.what}", ": {a.name} = {a.now}")),
        Idiom(f"{name} fi{name[1:]}", "", said(_TOP, "{a.what}", f": {_RESULT}")),
    ]
    if backwards:
        rows += [
            Idiom(f"{backwards}p", "", said(_TOP, "{a.what}", f", {_POPPED}")),
            Idiom(backwards, "b:register", said("{b.what}", "{a.what}", ": {a.name} = {a.now}")),
            Idiom(f"{backwards} fi{backwards[1:]}", "", said("{a.what}", _TOP, f": {_RESULT}")),
        ]
    return tuple(rows)


_MOVES_IF = {"e": "e", "ne": "ne", "b": "b", "nb": "ae", "be": "be", "nbe": "a", "u": "p", "nu": "np"}
CONDITIONAL = {f"fcmov{code}": condition for code, condition in _MOVES_IF.items()}

IDIOMS = (
    Idiom("fld fild", "", f"loads {{a.what}} onto the x87 stack: {_RESULT}"),
    Idiom("fld1 fldz fldpi fldl2e fldln2 fldlg2 fldl2t", "", f"loads a constant onto the x87 stack: {_RESULT}"),
    Idiom("fstp", "a:memory", f"pops {_TOP} off the x87 stack into {{a.typed}}"),
    Idiom("fstp", "b:none", f"pops {_TOP} off the x87 stack"),
    Idiom("fstp", "", f"copies {_TOP} to {{a.name}}, {_POPPED}"),
    Idiom("fst", "a:memory", f"copies {_TOP} from the x87 stack into {{a.typed}}"),
    Idiom("fst", "", f"copies {_TOP} to {{a.name}}"),
    Idiom("fistp fisttp", "", f"pops {_TOP} off the x87 stack into {{a.typed}}, as an integer: {{a.now}}"),
    Idiom("fist", "", f"copies {_TOP} from the x87 stack into {{a.typed}}, as an integer: {{a.now}}"),
    Idiom("fxch", "", "swaps {a.what} and {b.what}"),
    Idiom(" ".join(CONDITIONAL), "taken", "{condition}, so copies {b.what} to {a.name}"),
    Idiom(" ".join(CONDITIONAL), "", "{condition}, so leaves {a.name} as it is"),
    *_operation("adds {right} to {left}", "fadd"),
    *_operation("subtracts {right} from {left}", "fsub", backwards="fsubr"),
    *_operation("multiplies {left} by {right}", "fmul"),
    *_operation("divides {left} by {right}", "fdiv", backwards="fdivr"),
    Idiom("fchs", "", f"changes the sign of {_TOP}: {_RESULT}"),
    Idiom("fabs", "", f"takes the sign off {_TOP}: {_RESULT}"),
    Idiom("fsqrt", "", f"takes the square root of {_TOP}: {_RESULT}"),
    Idiom("frndint", "", f"rounds {_TOP} to a whole number: {_RESULT}"),
    Idiom("fprem fprem1", "", f"divides {_TOP} by st(1) ({{reg_was:st1}}), and keeps the remainder: {_RESULT}"),
    Idiom(
        "fscale fsin fcos fsincos fptan fpatan f2xm1 fyl2x fyl2xp1 fxtract",
        "",
        f"computes {{mnemonic}} of {_TOP}, on the x87 stack: {_RESULT}",
    ),
    Idiom("fcomi fucomi", "", "compares {a.what} with {b.what}"),
    Idiom("fcompi fucompi", "", "compares {a.what} with {b.what}, and pops the x87 stack"),
    Idiom("fcom fcomp fucom fucomp ficom ficomp", "", f"compares {_TOP} with {{a.what}}, for fnstsw to tell"),
    Idiom("fcompp fucompp", "", f"compares {_TOP} with st(1) ({{reg_was:st1}}), for fnstsw to tell, and pops both"),
    Idiom("ftst", "", f"compares {_TOP} with 0, for fnstsw to tell"),
    Idiom("fxam", "", f"looks what sort of number {_TOP} is, for fnstsw to tell"),
    Idiom("fnstsw fstsw", "", "puts the x87 status word (what a comparison found) into {a.place}: {a.now}"),
    Idiom("fnclex fclex", "", "forgets which floating-point exceptions there were"),
    Idiom("fninit finit", "", "empties the x87 stack, and sets its control word as at the start"),
    Idiom("ffree ffreep emms", "", "marks registers of the x87 stack as empty"),
    Idiom("fincstp fdecstp", "", "turns the x87 stack by one register"),
    Idiom("wait fwait", "", "waits until the x87 has told its exceptions"),
)

COMPARISONS = dict.fromkeys(("fcomi", "fcompi", "fucomi", "fucompi"), Comparing("floats"))
