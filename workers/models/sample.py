"""Comments that a conversion is tried on: ordinary to hostile, one word to several windows, all wording our own."""

import itertools

_CALM = (
    "Thank you for this article, it explains the tax better than the minister did.",
    "I drove past the site this morning and nothing has been built yet.",
    "Does anyone know when the library opens again?",
    "The figures in the second table do not add up to a hundred.",
    "My mother worked at that mill for thirty years.",
    "Good point, I had not thought of the buses.",
    "As a gay man who grew up there, I remember it differently.",
    "He wrote that all of us were idiots, and the court fined him for it.",
)
_SHARP = (
    "This is nonsense and you know it.",
    "What a lazy, stupid piece of reporting.",
    "Nobody with half a brain believes that.",
    "Shut up and go away, you pathetic little clown.",
    "You are a complete idiot and so is everybody who agrees with you.",
    "The whole council is a bunch of corrupt bastards.",
    "I hope you lose your job and everything you own.",
    "People like you should be locked up for good.",
    "Damn, that was a hell of a match.",
    "Go to hell, all of you.",
    "These people are vermin and do not belong here.",
    "I will find out where you live.",
)
_ELSEWHERE = (
    "Merci pour cet article, très clair.", "Quel imbécile, taisez-vous donc !", "Gracias, muy interesante.",
    "Eres un idiota y un mentiroso.", "Grazie, finalmente qualcuno lo dice.", "Sei solo un povero cretino.",
    "Obrigado pela explicação.", "Cala a boca, seu burro.", "Teşekkürler, çok güzel bir yazı.",
    "Sen aptalın tekisin.", "Спасибо за статью, очень полезно.", "Ты просто идиот, замолчи.",
)  # fmt: skip
_ODD = ("", "?", "no", "😀😀😀", "a" * 300, "WHY WHY WHY???", "1 2 3 4 5 6 7 8 9 10", "http://example.org/a?b=c")


def sample() -> list[str]:
    """Return some 80 comments, the same every time."""
    mixed = [f"{calm} {sharp}" for calm, sharp in itertools.islice(itertools.product(_CALM, _SHARP), 0, None, 3)]
    long = [" ".join((_CALM * 8)[shift : shift + length]) for shift, length in ((0, 5), (1, 12), (3, 45))]
    return [*_CALM, *_SHARP, *_ELSEWHERE, *_ODD, *mixed, *long, *(f"{text} {_SHARP[4]} {text}" for text in long[:2])]
