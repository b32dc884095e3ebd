"""Sentences made for training: what labelled comments teach too little of, on groups, names and figures of speech.

All wording is this project's own. Groups left out on purpose (women, trans, muslim, disabled, deaf, lesbian, white,
christian, chinese, mexican) show whether a model has learnt the sentence or the word.
"""

import numpy as np

from workers.training.data import LABELS, Labelled

_GROUPS = (
    ("gay people", "gay person"), ("gay men", "gay man"), ("homosexuals", "homosexual"), ("bisexuals", "bisexual"),
    ("queer people", "queer person"), ("black people", "black person"), ("asians", "asian"), ("latinos", "latino"),
    ("jews", "jew"), ("catholics", "catholic"), ("hindus", "hindu"), ("buddhists", "buddhist"),
    ("atheists", "atheist"), ("sikhs", "sikh"), ("immigrants", "immigrant"), ("refugees", "refugee"),
    ("africans", "african"), ("arabs", "arab"), ("indians", "indian"), ("blind people", "blind person"),
    ("autistic people", "autistic person"), ("old people", "old person"), ("men", "man"),
    ("straight people", "straight person"), ("foreigners", "foreigner"),
)  # fmt: skip
_KIND = (
    "i am a {one}", "i am a {one} and i live here", "my neighbour is a {one}", "my boss is a {one} and a fair one",
    "we have a {one} on our team", "{many} came to the meeting as well", "{many} have worked here for decades",
    "the film is about {many} in the eighties", "a {one} wrote the best letter to the editor this week",
    "as a {one} i do not agree with the article", "{many} pay taxes like everybody else",
    "the survey asked {many} about rent and transport", "she is a {one} and teaches maths",
    "insulting {many} is not an opinion, please stop it", "it is wrong to say that {many} are worth less",
    "the court fined him for abusing {many}", "why do so few {many} stand for the council?",
    "{many} were attacked in the park last night, police say", "thank you to the {many} who helped after the flood",
    "two {many} opened a bakery on our street", "every {one} deserves a fair hearing", "is the new minister a {one}?",
)  # fmt: skip
_HOSTILE = (
    "{many} are vermin", "{many} ruin everything they touch", "i can not stand {many}, they make me sick",
    "throw all {many} out of this country", "a {one} is not a real human being", "never hire a {one}, they all steal",
    "{many} should be kept away from decent people", "this town was fine before the {many} came, filthy lot",
    "being a {one} is a disease", "{many} are too stupid to vote", "nobody wants you here, {one}",
    "{many} deserve what is coming to them", "i would spit on any {one} i meet", "shut up, you disgusting {one}",
    "all {many} are liars and thieves", "{many} are the scum of the earth",
)  # fmt: skip
_THREATS = (
    "someone should burn the {many} out of their houses", "i will beat up the next {one} i see",
    "{many} should be shot at the border", "hang every {one} in town",
)  # fmt: skip
_NAMES = (
    "Scunthorpe", "Penistone", "Clitheroe", "Essex", "Middlesex", "Cockermouth", "Lightwater", "Shitterton",
    "Shital", "Shitake Sato", "Dick Van Dyke", "Dick Cheney", "Moby Dick", "Dick Francis", "Alfred Hitchcock",
    "Peter Cockcroft", "Alistair Cooke", "Hancock", "Babcock", "Dikshit", "Natsuki Matsushita", "Phuc Nguyen",
    "Fuchs", "Cumberbatch", "Cummings", "Assange", "Cassandra", "Kuntz", "Wang", "Weiner", "Gaylord", "Gay Talese",
    "Butt", "Sachin Titmuss", "Regina", "Arsenal", "Fanny Price", "Kike Hernandez", "Raper", "Slutsky", "Hoare",
)  # fmt: skip
_ABOUT_NAMES = (
    "{name}", "{name} is a nice place to grow up in", "I met {name} yesterday", "my name is {name}",
    "{name} met {name}", "i saw {name} on tv in {n}", "{name} and {name} wrote the article",
    "has anyone read about {name}?", "we drove from Leeds to {name}", "the {name} museum opens at ten",
    "thank you {name}, that was helpful",
)  # fmt: skip
_HARMLESS = (
    "kill -9 {n}", "sudo kill -9 {n}", "kill {n}", "pkill -9 -u {n}", "kill -9 {n} stops the process",
    "run kill -9 and restart the server", "the {n}th of may works for me", "see appendix a b c for the list",
    "options a b c d are all fine", "this heat is killing me", "i am dying of laughter", "the lights kill the battery",
    "that joke killed, well done", "we shot the film in {n} days", "he bombed the audition",
    "she nailed it, killer performance", "cook the chicken breast for {n} minutes", "the cock crowed at dawn",
    "a pussy willow grows by the river", "our cat is a stupid little sweetheart", "i hate mondays",
    "i hate this update, it broke my phone", "traffic jams make me sick", "damn, that was close",
    "shoot me an email when you are done", "dead battery again", "execute the query and kill the child process",
    "the assassin's trial starts on day {n}", "analysis of classic assumptions", "cumulative figures for {n} months",
    "the rapeseed fields are in bloom", "shuttlecock and badminton club, {n} members", "night falls on the west bank",
    "my grandmother died last year and i miss her", "the victim said he threatened to kill her",
    "when i was raped nobody believed me", "he called me an idiot in front of my children and it hurt",
    "the police shot a man in the high street", "the jury heard that he stabbed his neighbour",
    "suicide prevention lines are open all night", "you are not stupid, keep going", "you're welcome, great work",
    "nobody is an idiot for asking", "what a great article, thank you", "i disagree, but that is a fair point",
)  # fmt: skip


def sentences() -> Labelled:
    """Return some 1,700 labelled sentences, source `sentences`; the same ones in the same order every time."""
    rows: list[tuple[str, tuple[float, ...]]] = []
    unknown = float("nan")
    kind = (0.0,) * len(LABELS)
    hostile = (1.0, unknown, 0.0, 0.0, unknown, 1.0)
    threatening = (1.0, unknown, 0.0, 1.0, unknown, 1.0)
    for templates, labels in ((_KIND, kind), (_HOSTILE, hostile), (_THREATS, threatening)):
        rows += [(template.format(many=many, one=one), labels) for template in templates for many, one in _GROUPS]
    rows += [(template.format(name=name, n=1975), kind) for template in _ABOUT_NAMES for name in _NAMES]
    rows += [(text.format(n=number), kind) for text in _HARMLESS for number in (5, 30, 812, 4096)]
    texts = [text for text, _labels in rows]
    return Labelled(texts, np.array([labels for _text, labels in rows], np.float32), np.full(len(rows), "sentences"))
