"""The words that contrast sentences are filled with, and which groups training never names."""

GROUPS = (
    ("gay people", "gay person", "gay"), ("homosexuals", "homosexual", "homosexual"),
    ("bisexuals", "bisexual", "bisexual"), ("queer people", "queer person", "queer"),
    ("black people", "black person", "black"), ("asians", "asian", "asian"), ("latinos", "latino", "latino"),
    ("jews", "jew", "jewish"), ("catholics", "catholic", "catholic"), ("hindus", "hindu", "hindu"),
    ("buddhists", "buddhist", "buddhist"), ("atheists", "atheist", "atheist"), ("sikhs", "sikh", "sikh"),
    ("immigrants", "immigrant", "immigrant"), ("refugees", "refugee", "refugee"), ("africans", "african", "african"),
    ("arabs", "arab", "arab"), ("indians", "indian", "indian"), ("blind people", "blind person", "blind"),
    ("autistic people", "autistic person", "autistic"), ("old people", "old person", "elderly"),
    ("poor people", "poor person", "poor"), ("men", "man", "male"), ("girls", "girl", "female"),
    ("straight people", "straight person", "straight"), ("foreigners", "foreigner", "foreign"),
    ("roma", "roma", "roma"), ("wheelchair users", "wheelchair user", "paralysed"), ("poles", "pole", "polish"),
    ("asylum seekers", "asylum seeker", "stateless"),
)  # fmt: skip
"""(many, one, adjective) of the groups in training; those in `suites.HELD_OUT` are left out on purpose."""

INSULTS = (
    "idiot", "moron", "liar", "fool", "coward", "loser", "clown", "fraud", "parasite", "racist pig", "stupid cow",
    "disgrace", "waste of space", "piece of shit", "bastard", "scumbag", "asshole", "dumbass", "bitch", "whore",
    "imbecile", "pathetic little man", "filthy rat", "retard", "snake", "creep", "thug", "dickhead",
)  # fmt: skip
MOCKS = ("stupid", "ugly", "worthless", "pathetic", "disgusting", "brain-dead", "useless", "dumb", "filthy", "insane")
SLURS = (
    "faggot",
    "dyke",
    "nigger",
    "paki",
    "tranny",
    "spic",
    "chink",
    "kike",
    "retard",
    "slut",
    "gypsy scum",
    "raghead",
)
DEEDS = (
    "kill you", "beat you up", "stab you", "shoot you", "burn your house down", "break your legs", "slit your throat",
    "rape you", "smash your face in", "hunt you down", "hang you", "make you bleed",
)  # fmt: skip
DONE = (
    "killed", "beaten", "stabbed", "shot at", "raped", "strangled", "assaulted", "groped", "spat on", "kicked",
    "burned", "threatened", "molested", "choked", "punched", "abused", "stalked",
)  # fmt: skip
WHO = (
    "my father", "my stepfather", "my ex", "my uncle", "a teacher", "my coach", "the neighbour", "a man on the bus",
    "my husband", "an older boy", "my boss", "a priest", "two strangers", "my brother", "a soldier", "the landlord",
)  # fmt: skip
SMEARS = (
    "vermin", "animals", "rats", "filth", "a disease", "parasites", "savages", "thieves", "criminals", "a plague",
    "subhuman", "trash", "too stupid to vote", "a stain on this country", "worth less than dogs", "all terrorists",
    "liars", "disgusting", "dirty", "a mistake of nature", "mentally ill", "inferior to us",
)  # fmt: skip
NAMES = (
    "the mayor", "the referee", "this author", "my sister", "the editor", "our teacher", "that driver", "the minister",
    "the nurse", "your brother", "the goalkeeper", "our neighbour", "the reporter", "the judge", "he", "she",
)  # fmt: skip
THINGS = (
    "mondays", "this phone", "the new tax form", "traffic jams", "mosquitoes", "wet socks", "that update", "spam mail",
    "pineapple pizza", "my old laptop", "long meetings", "weeds", "this keyboard", "parking meters", "cold coffee",
)  # fmt: skip
PLEASANTRIES = (
    "good morning", "i disagree", "the bridge is closed", "prices went up again", "please read the article",
    "the match starts at eight", "i like the new park", "see you tomorrow", "there is a typo in line two",
)  # fmt: skip
