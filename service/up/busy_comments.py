"""What readers say under the busy demo article; written for it, in our own words.

Most of it is fit to print. A few are rude on purpose, one is in a language that the classifier was not evaluated on,
and one has a rude name, so that a moderator finds something to do.
"""

from typing import NamedTuple

THREAD = "/demo/busy"
TITLE = "Mill Lane to close to cars on Saturdays, by one vote"


class Said(NamedTuple):
    """One comment: a key of its own, who says it, what, and the key of what it answers."""

    key: str
    name: str
    body: str
    answers: str = ""


COMMENTS: tuple[Said, ...] = (
    Said(
        "pushchair",
        "Maren",
        "I have pushed two children down that lane for six years, one wheel on the kerb. Thank you to the seven.",
    ),
    Said(
        "cement",
        "T. Quill",
        "To be clear, I never said I was against Saturdays. I said a bag of cement weighs twenty-five kilos.",
    ),
    Said(
        "bus",
        "Upper Tallow Anne",
        "Four minutes each way does not sound like much until you stand at the bridge in the rain with shopping.",
    ),
    Said("measure", "Borrowed Tape", "It was my tape measure. I would like it back, please."),
    Said("band", "Second Cornet", "The band is ready. We have exactly five pieces that can be played while walking."),
    Said(
        "numbers",
        "H. Overbeck",
        "Does anybody have the traffic counts from before? A year of trial without a baseline will prove "
        "whatever one likes.",
    ),
    Said(
        "bakery",
        "Flour & Daughter",
        "We open at six on Saturdays anyway, and the flour comes at five. Nothing changes for the bread.",
    ),
    Said(
        "weir",
        "Weir Street resident",
        "So the vans come to us instead. Was anybody on Weir Street asked about the loading bay?",
    ),
    Said(
        "cyclists",
        "Pim",
        "Dismounting between ten and four is fair. Half of us do it already when the market is on.",
    ),
    Said(
        "pass",
        "Ruth A.",
        "How does one apply for a disabled driver's pass, and does it cover someone who drives me?",
    ),
    Said(
        "april",
        "Lew",
        "The sixth of April is also the plant sale. That could be lovely, or it could be a queue to the station.",
    ),
    Said(
        "photo",
        "Old Negative",
        "In 1962 the lane was closed every market day and nobody wrote a single letter about it. I have the "
        "photographs.",
    ),
    Said(
        "emergency",
        "Night Nurse",
        "What about ambulances? Four metres and ten is enough if there are no stalls in it.",
    ),
    Said(
        "german",
        "Jochen",
        "Endlich! In unserer Stadt hat man das vor zehn Jahren gemacht, und heute will niemand mehr die Autos"
        " zurückhaben.",
    ),
    Said("rude-1", "Lane Rat", "The council are a bunch of useless idiots and whoever voted for this is a moron."),
    Said(
        "rude-2",
        "Fed Up",
        "Shut up, you stupid old fools, nobody asked for your pathetic little pedestrian paradise.",
    ),
    Said("rude-3", "Anon", "What a load of crap. Marchbanks is a liar and a disgusting hypocrite."),
    Said("rude-name", "Stupid Idiot Council", "When does the review after six months take place, and who sits on it?"),
    Said("pushchair-1", "Second Cornet", "Same here, with a tuba. You learn to breathe in.", answers="pushchair"),
    Said(
        "pushchair-2",
        "Pim",
        "The kerb by the chandler's is the worst of it. Could that be mended whatever happens on Saturdays?",
        answers="pushchair",
    ),
    Said(
        "cement-1",
        "Flour & Daughter",
        "We can lend you the hand cart, Tobias. It takes four bags if nobody is looking.",
        answers="cement",
    ),
    Said(
        "cement-2",
        "Lew",
        "Forty paces to Weir Street, I counted them this morning. It is forty-six if you are not the council.",
        answers="cement",
    ),
    Said(
        "bus-1",
        "H. Overbeck",
        "The timetable shows the connection at the station still works, by two minutes. Tight, though.",
        answers="bus",
    ),
    Said("bus-2", "Night Nurse", "A shelter at the bridge would cost less than the last survey did.", answers="bus"),
    Said(
        "measure-1",
        "Maren",
        "It is on the clerk's desk, under the minutes. I saw it there yesterday.",
        answers="measure",
    ),
    Said(
        "numbers-1",
        "Old Negative",
        "The school counted cars for a project two years ago: 212 between nine and noon.",
        answers="numbers",
    ),
    Said(
        "numbers-2",
        "Weir Street resident",
        "Please count Weir Street as well then, before April, not after.",
        answers="numbers",
    ),
    Said(
        "weir-1",
        "T. Quill",
        "I asked for the bay to be on the bridge side for exactly that reason. I was told it is being considered.",
        answers="weir",
    ),
    Said(
        "weir-2",
        "Grumbler",
        "Oh stop whining, you selfish idiot. Nobody cares about your precious street.",
        answers="weir",
    ),
    Said(
        "pass-1",
        "Maren",
        "The form is at the library desk, and yes, the pass goes with the person and not with the car.",
        answers="pass",
    ),
    Said(
        "emergency-1",
        "Ruth A.",
        "The chair said the stalls stay on one side, with a rope that can be dropped. I hope they practise it.",
        answers="emergency",
    ),
    Said("april-1", "Upper Tallow Anne", "A queue with plants in it is still a nice queue.", answers="april"),
    Said("cement-1-1", "T. Quill", "I will take you up on that, and I am looking.", answers="cement-1"),
    Said("measure-1-1", "Borrowed Tape", "Thank you. It is the yellow one with the dent.", answers="measure-1"),
    Said(
        "numbers-1-1",
        "H. Overbeck",
        "That is more than I would have guessed. Is the project still to be seen anywhere?",
        answers="numbers-1",
    ),
    Said("pass-1-1", "Ruth A.", "That is a great help, thank you.", answers="pass-1"),
    Said("bus-2-1", "Upper Tallow Anne", "I would sign that today.", answers="bus-2"),
    Said("cement-1-1-1", "Flour & Daughter", "Then it is yours from seven, with a loaf on it.", answers="cement-1-1"),
    Said(
        "numbers-1-1-1",
        "Old Negative",
        "In the school hall, beside the model of the mill. They coloured the lorries red.",
        answers="numbers-1-1",
    ),
    Said("cement-1-1-1-1", "Lew", "I came for the argument and stayed for the loaf.", answers="cement-1-1-1"),
)
