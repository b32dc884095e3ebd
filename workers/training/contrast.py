"""Contrast sentences: the same words, once as an attack and once denied, quoted, reported, suffered or reclaimed.

Labelled comments teach that words are abusive; these teach who says them to whom. All wording is this project's own.
"""

import random
import re
from collections.abc import Sequence

import numpy as np

from workers.training import wording
from workers.training.data import LABELS, Labelled

SOURCE = "contrast"
_EACH = 14
_SLOT = re.compile(r"\{(\w+)\}")
_NAN = float("nan")
_KIND = (0.0,) * len(LABELS)
_INSULT = (1.0, _NAN, _NAN, 0.0, 1.0, 0.0)
_HATE = (1.0, _NAN, _NAN, 0.0, _NAN, 1.0)
_THREAT = (1.0, _NAN, _NAN, 1.0, _NAN, _NAN)
_HATE_THREAT = (1.0, _NAN, _NAN, 1.0, _NAN, 1.0)

_WORDS: dict[str, Sequence[str]] = {
    "insult": wording.INSULTS, "mock": wording.MOCKS, "slur": wording.SLURS, "deed": wording.DEEDS,
    "done": wording.DONE, "who": wording.WHO, "smear": wording.SMEARS, "name": wording.NAMES, "thing": wording.THINGS,
    "nice": wording.PLEASANTRIES, "n": ("six", "nine", "11", "14", "19", "23"),
    "day": ("yesterday", "on monday", "last year", "in court", "this morning", "on friday", "in march"),
}  # fmt: skip

_DENIED = (
    "you are not {an_insult}", "you are not {mock}", "you're not {an_insult}, you just made a mistake",
    "{name} is not {an_insult}", "{name} isn't {mock} at all", "nobody here is {an_insult}",
    "i never said that you are {an_insult}", "i don't think {name} is {mock}", "no one called you {an_insult}",
    "you don't have to be {an_insult} to disagree", "being wrong does not make you {an_insult}",
    "i would not call {name} {an_insult}", "don't call {name} {an_insult}", "please stop calling people {insult}",
    "it is not fair to say {name} is {mock}", "there is nothing {mock} about you", "who said you were {mock}? not me",
    "nobody is going to {deed}", "i would never {deed}", "i don't want anyone to {deed}", "i am not {an_insult}, am i?",
    "i do not hate {many}", "i have nothing against {many}", "{many} are not {smear}", "no {one} is {smear}",
    "it is not true that {many} are {smear}", "not all {many} think alike", "{many} never did me any harm",
    "nobody should say that {many} are {smear}", "no {one} deserves to be attacked", "i don't hate you, i disagree",
)  # fmt: skip
_ATTACKS = (
    "you are {an_insult}", "you are {mock}", "you're {an_insult} and everybody knows it", "{name} is {an_insult}",
    "{name} is {mock} and always was", "what {an_insult} you are", "shut up, {insult}", "you {mock} {insult}",
    "not only are you {an_insult}, you are {mock} too", "you are nothing but {an_insult}",
    "no wonder nobody likes you, {insult}", "don't you ever get tired of being {an_insult}?",
    "you can't help it, you were born {mock}", "never seen such {an_insult}", "go away {insult}, nobody asked you",
    "i don't care what {an_insult} like you thinks", "if you were not so {mock} you would understand it",
    'you said "{nice}", you {mock} {insult}', '"{nice}" is what {an_insult} like you would say',
    'only {an_insult} writes "{nice}"', "look at this {insult} pretending to be clever", "get lost you {insult}",
    "everyone on this page thinks {name} is {an_insult}, and they are right", "your family must be ashamed, {insult}",
)  # fmt: skip
_QUOTED = (
    "he called me {an_insult} in front of everyone", '"you are {an_insult}" is not an argument',
    'writing "{insult}" under an article is not a debate', 'please delete the comment that says "you {insult}"',
    'she was told "you {mock} {insult}" and she cried', "{name} was called {an_insult} {day}, that is not okay",
    'saying "{many} are {smear}" is wrong', "people who say {many} are {smear} should be ashamed",
    'anyone who writes "i hate {many}" has no place here', 'he shouted "{many} are {smear}" and was fined',
    "claiming that {many} are {smear} is hateful, stop it", '"{many} are {smear}"? what a terrible thing to say',
    "i reported the post that said {many} are {smear}", 'the sign read "no {many}" and it made me sad',
    "it is racist to call {many} {smear}", "why would you say that {many} are {smear}? that is cruel",
    'the moderator removed "go home {slur}"', "never use the word {slur}, it hurts people",
    "the word {slur} is an insult with a long history", "someone wrote {slur} on our door {day}",
    "they shouted {slur} at my son", "i was called a {slur} at school every day", "calling a {one} a {slur} is hateful",
    "the chapter explains where the word {slur} comes from", "a fan who yelled {slur} was banned for life",
    "telling {many} to leave the country is disgusting", "we must stand up when {many} are insulted",
    "hate against {many} has no place in our town", "stop spreading lies about {many}",
)  # fmt: skip
_HATEFUL = (
    "{many} are {smear}", "i hate {many}", "all {many} are {smear}", "{many} should go home", "no {many} in our town",
    "i don't want {many} near my children", "no {one} deserves to live here", "never trust {a_one}", "ban all {many}",
    "{many} are {smear} and everyone knows it", "i'm not racist, but {many} are {smear}", "go home {slur}",
    "shut up {slur}", "you are a {slur}", "these {slur}s ruin everything", "typical {slur}", "{many} make me sick",
    "we would be better off without {many}", "being {adjective} is {smear}", "what do you expect from {a_one}",
    "our neighbours are {many}. i want them gone", "nobody would miss {many}", "why do {many} smell so bad?",
    "{many} don't deserve rights", "the world needs fewer {many}", "{many} are not human", "a {one} can never be equal",
    "i honestly believe {many} are {smear}", "how can anyone like {many}? they are {smear}", "{many} belong in a zoo",
    "not one of the {many} i know is honest", "there are too many {many} here, they are taking over",
    "you are just {a_one}, your opinion does not count", "you are {adjective}, so you must be {mock}",
    "it is a fact that {many} are {smear}", "i would never give a job to {a_one}", "disgusting {adjective} {insult}",
)  # fmt: skip
_SUFFERED = (
    "i was {done} by {who} when i was {n}", "{who} {done} me and nobody believed me", "{who} raped me when i was {n}",
    '{who} told me "i will {deed}" and i still have nightmares', "he said he would {deed_her} and then he did",
    "when i was {n}, {who} hit me until i bled", "{who} said he would {deed_her} if i told anyone",
    "i left after {who} threatened to {deed_her}", "my sister was {done} {day} and the police did nothing",
    "it took me {n} years to say that {who} {done} me", "as a survivor i find this article very hard to read",
    "i know what it means to be {done}, thank you for writing this", "my friend was {done} because she is {adjective}",
    "they {done} me because i am {adjective}", "i was beaten up for being {adjective}",
    "i wanted to die after {who} {done} me, therapy saved me", "i am such an {insult_an}, i forgot my keys",
    "i felt {mock} and worthless for years", "i thought about killing myself, please call a helpline if you do too",
)  # fmt: skip
_REPORTED = (
    "the court heard that {who} {done} a girl of {n}", "police say a man was {done} {day}",
    "two {many} were {done} {day}",
    "he was jailed for threatening to {deed_her}", 'the jury was told that he wrote "i will {deed}"',
    "a man who {done} {a_one} was sentenced {day}", "the victim said {who} had {done} her",
    "she was {done}, the report says",
    "the suspect is accused of telling her \"i'll {deed}\"", "a {one} was {done} outside the station {day}",
    "{n} people were killed in the attack, according to police", "the film shows how {many} were {done} during the war",
    "prosecutors said he {done} his wife and hid the knife", "the book is about a woman who was {done} by {who}",
    "the law makes it a crime to threaten to {deed_her}", 'in the novel the villain says "i will {deed}"',
    'he admitted sending messages that said "i am going to {deed}"', "the report counts {n} attacks on {many}",
)  # fmt: skip
_THREATS = (
    "i will {deed}", "i'm going to {deed}", "someone should {deed}", "i swear i'll {deed} tonight",
    "you deserve to be {done}", "i hope you get {done}", "we know where you live and we will {deed}",
    "say that again and i'll {deed}", "you should be {done} like a dog", "wait until i {deed}, {insult}",
    "no one can stop me, i will {deed}", "kill yourself, {insult}", "i hope you die, you {insult}", "go and die",
    "your whole family should be {done}", "next time i see you i will {deed}", "you won't live to see tomorrow",
)  # fmt: skip
_HATE_THREATS = (
    "{many} should be {done}", "i want to see {many} {done}", "someone should kill all the {many}", "hang every {one}",
    "the only good {one} is a dead one", "burn the {many} out of their houses", "if i see {a_one} here i will shoot",
    "let's beat up some {many} tonight", "{many} deserve to be {done}", "round up the {many} and shoot them",
)  # fmt: skip
_RECLAIMED = (
    "i'm a proud {slur_own} and i love my life", "me and my {slur_own}s are going to the parade",
    "we took the word {slur_own} back and it is ours now", "as a {slur_own} myself i wear the word with pride",
    "happy pride from one old {slur_own} to another", "my {slur_own} friends and i started a choir",
    "yes, i am {adjective}, and proud of it", "being {adjective} is the best thing about me", "i am {adjective}",
    "i am {a_one}", "we are {many}, we live here, and we love it", "love you, bitch, you were amazing last night",
    "my bitches and i are off to the beach", "bad bitch energy today, got the job!",
    "that's my nigga, proud of you bro",
    "i love being {adjective}", "my wife is {adjective} and so is her family", "{many} are my friends",
    "{many} make our town a better place", "i admire {many}", "so proud of our {adjective} community",
    "i hate {thing}", "{thing} should be banned", "{thing} make me sick", "{thing} are the worst",
    "kill {thing} with fire",
    "get rid of {thing} already", "i wish {thing} would die out", "{thing} ruin every day", "{thing} disgust me",
)  # fmt: skip
_OWN = ("queer", "dyke", "fag", "queen", "butch", "tranny", "homo", "crip", "slut")
_OPENINGS = (
    "",
    "",
    "",
    "",
    "",
    "",
    "honestly, ",
    "look, ",
    "well, ",
    "sorry but ",
    "@user ",
    "again: ",
    "to be clear, ",
)
_ENDINGS = ("", "", "", ".", ".", "!", " ...", "?!", " lol", ", just saying")


def _an(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _fill(template: str, chance: random.Random) -> str:
    many, one, adjective = chance.choice(wording.GROUPS)
    known = {"many": many, "one": one, "a_one": _an(one), "adjective": adjective}

    def slot(match: re.Match[str]) -> str:
        name = match[1]
        if name in known:
            return known[name]
        if name == "an_insult":
            return _an(chance.choice(wording.INSULTS))
        if name == "insult_an":
            return chance.choice(("idiot", "idiot sometimes", "ass"))
        if name == "slur_own":
            return chance.choice(_OWN)
        if name == "deed_her":
            return chance.choice(wording.DEEDS).replace("your", "her").replace("you", "her")
        return chance.choice(_WORDS[name])

    return _SLOT.sub(slot, template)


def contrast(seed: int = 0) -> Labelled:
    """Return some 3,000 labelled sentences, source `contrast`; the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
    found: dict[str, tuple[float, ...]] = {}
    for templates, labels in (
        (_DENIED, _KIND), (_ATTACKS, _INSULT), (_QUOTED, _KIND), (_HATEFUL, _HATE), (_SUFFERED, _KIND),
        (_REPORTED, _KIND), (_THREATS, _THREAT), (_HATE_THREATS, _HATE_THREAT), (_RECLAIMED, _KIND),
    ):  # fmt: skip
        for template in templates:
            for _ in range(_EACH):
                text = chance.choice(_OPENINGS) + _fill(template, chance) + chance.choice(_ENDINGS)
                found[text] = labels
    texts = list(found)
    return Labelled(texts, np.array(list(found.values()), np.float32), np.full(len(texts), SOURCE))
