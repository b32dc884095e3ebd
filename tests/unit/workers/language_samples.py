"""Sentences in languages that the English classifiers do not cover, and awkward English that they do; our own words."""

FOREIGN: dict[str, tuple[str, ...]] = {
    "de": (
        "Der Artikel ist gut geschrieben, aber die Zahlen am Ende stimmen leider nicht.",
        "Ich wohne seit zwanzig Jahren in dieser Straße und habe so etwas noch nie erlebt.",
        "Halt endlich den Mund, du hast doch keine Ahnung von diesem Thema.",
    ),
    "fr": (
        "Cet article est intéressant, mais il oublie de parler du prix des loyers.",
        "Je ne comprends pas pourquoi la mairie refuse toujours de nous répondre.",
        "Tais-toi donc, tu ne sais même pas de quoi tu parles.",
    ),
    "es": (
        "El artículo está bien escrito, pero nadie explica quién va a pagar la obra.",
        "Vivo en este barrio desde hace diez años y nunca había visto tanta basura.",
        "Cállate de una vez, no tienes ni idea de lo que dices.",
    ),
    "it": (
        "L'articolo è scritto bene, ma nessuno spiega quanto costerà il nuovo ponte.",
        "Abito qui da molti anni e non ho mai visto le strade così sporche.",
        "Stai zitto, non capisci niente di quello che succede in città.",
    ),
    "nl": (
        "Het stuk is goed geschreven, maar niemand legt uit wie de rekening betaalt.",
        "Wij wonen al jaren in deze buurt en het is nog nooit zo druk geweest.",
        "Hou toch je mond, je weet helemaal niet waar je het over hebt.",
    ),
    "pt": (
        "O artigo está bem escrito, mas ninguém explica quem vai pagar a obra.",
        "Moro nesta rua há muitos anos e nunca vi tanto lixo na calçada.",
        "Cala a boca, você não sabe nada do que está falando.",
    ),
    "pl": (
        "Artykuł jest dobrze napisany, ale nikt nie tłumaczy, kto za to zapłaci.",
        "Mieszkam tutaj od dwudziestu lat i nigdy czegoś takiego nie widziałem.",
        "Zamknij się wreszcie, nie masz pojęcia, o czym mówisz.",
    ),
    "tr": (
        "Yazı güzel olmuş ama bu parayı kimin ödeyeceğini kimse söylemiyor.",
        "Yirmi yıldır bu sokakta oturuyorum ve böyle bir şey görmedim.",
        "Artık sus, ne hakkında konuştuğunu hiç bilmiyorsun.",
    ),
    "sv": (
        "Artikeln är bra skriven, men ingen förklarar vem som ska betala för bron.",
        "Jag har bott på den här gatan i tjugo år och aldrig sett något liknande.",
        "Håll käften, du vet ju ingenting om det du pratar om.",
    ),
    "id": (
        "Tulisan ini bagus, tetapi tidak ada yang menjelaskan siapa yang akan membayar.",
        "Saya sudah tinggal di jalan ini selama dua puluh tahun dan belum pernah melihatnya.",
        "Diamlah, kamu sama sekali tidak tahu apa yang kamu bicarakan.",
    ),
    "ro": (
        "Articolul este bine scris, dar nimeni nu explică cine va plăti lucrarea.",
        "Locuiesc pe strada asta de douăzeci de ani și nu am văzut așa ceva.",
        "Taci odată, habar nu ai despre ce vorbești.",
    ),
    "da": (
        "Artiklen er godt skrevet, men ingen forklarer, hvem der skal betale regningen.",
        "Jeg har boet på denne vej i tyve år og har aldrig oplevet noget lignende.",
        "Hold nu din mund, du ved jo slet ikke, hvad du taler om.",
    ),
    "fi": (
        "Kirjoitus on hyvä, mutta kukaan ei kerro, kuka tämän kaiken maksaa.",
        "Olen asunut tällä kadulla kaksikymmentä vuotta enkä ole nähnyt mitään vastaavaa.",
        "Ole jo hiljaa, et tiedä asiasta yhtään mitään.",
    ),
    "cs": (
        "Článek je dobře napsaný, ale nikdo nevysvětluje, kdo to všechno zaplatí.",
        "Bydlím v této ulici dvacet let a nikdy jsem nic takového neviděl.",
        "Už mlč, vůbec nevíš, o čem mluvíš.",
    ),
    "hu": (
        "A cikk jól van megírva, de senki sem mondja meg, ki fogja kifizetni.",
        "Húsz éve lakom ebben az utcában, és ilyet még soha nem láttam.",
        "Hallgass már el, fogalmad sincs arról, miről beszélsz.",
    ),
    "vi": (
        "Bài viết rất hay nhưng không ai giải thích ai sẽ trả tiền cho cây cầu.",
        "Tôi đã sống ở con phố này hai mươi năm và chưa từng thấy chuyện như vậy.",
        "Im đi, anh chẳng biết mình đang nói gì cả.",
    ),
    "script:Cyrl": (
        "Статья хорошая, но никто не объясняет, кто будет платить за мост.",
        "Я живу на этой улице двадцать лет и ничего подобного не видел.",
        "Замолчи, ты совсем не понимаешь, о чём говоришь.",
    ),
    "script:Grek": (
        "Το άρθρο είναι καλό, αλλά κανείς δεν εξηγεί ποιος θα πληρώσει.",
        "Μένω σε αυτόν τον δρόμο είκοσι χρόνια και δεν έχω ξαναδεί τέτοιο πράγμα.",
        "Σώπα επιτέλους, δεν ξέρεις τι λες.",
    ),
    "script:Arab": (
        "المقال جيد لكن لا أحد يشرح من سيدفع ثمن الجسر الجديد.",
        "أسكن في هذا الشارع منذ عشرين سنة ولم أر شيئا كهذا.",
        "اسكت، أنت لا تعرف شيئا عن هذا الموضوع.",
    ),
    "script:Hebr": (
        "הכתבה טובה אבל אף אחד לא מסביר מי ישלם על הגשר.",
        "אני גר ברחוב הזה עשרים שנה ולא ראיתי דבר כזה.",
        "תשתוק כבר, אתה לא מבין על מה אתה מדבר.",
    ),
    "script:Deva": (
        "लेख अच्छा है लेकिन कोई नहीं बताता कि पुल का पैसा कौन देगा।",
        "मैं बीस साल से इस गली में रहता हूँ और ऐसा कभी नहीं देखा।",
        "चुप रहो, तुम्हें कुछ भी पता नहीं है।",
    ),
    "script:Hani": (
        "文章写得不错，可是没有人说明这座桥的钱由谁来付。",
        "我在这条街上住了二十年，从来没有见过这种事情发生。",
        "你闭嘴吧，你根本不知道自己在说些什么东西，别再写了。",
    ),
    "script:Jpan": (
        "記事はよく書けていますが、橋の費用を誰が払うのか書かれていません。",
        "この通りに二十年住んでいますが、こんなことは初めてです。",
        "もう黙ってください、何も分かっていないのですから。",
    ),
    "script:Hang": (
        "기사는 잘 썼지만 다리 비용을 누가 내는지 아무도 설명하지 않습니다.",
        "저는 이 거리에서 이십 년을 살았지만 이런 일은 처음 봅니다.",
        "이제 그만 조용히 하세요, 당신은 아무것도 모르잖아요.",
    ),
    "script:Thai": (
        "บทความนี้เขียนดี แต่ไม่มีใครบอกว่าใครจะเป็นคนจ่ายเงิน",
        "ฉันอยู่ถนนนี้มายี่สิบปีแล้วและไม่เคยเห็นเรื่องแบบนี้",
        "หยุดพูดเถอะ คุณไม่รู้เรื่องอะไรเลย",
    ),
}

MIXED: tuple[str, ...] = (
    "the article and you: Der Artikel ist gut geschrieben, aber die Zahlen am Ende stimmen leider nicht, that is it",
    "I think that Cállate de una vez, no tienes ni idea de lo que dices nunca, and you are so",
    "you are Tais-toi donc, tu ne sais même pas de quoi tu parles aujourd'hui the and of it",
    "what the Zamknij się wreszcie, nie masz pojęcia, o czym mówisz and you with that",
    "you and your Замолчи, ты совсем не понимаешь, о чём говоришь и зачем you are the",
    "this is what Stai zitto, non capisci niente di quello che succede in città they have to",
)

ENGLISH: tuple[str, ...] = (
    "u r so dum lol go bak 2 skool n lern 2 spel u dumbo",
    "OMG THIS IS SOOOOO STUPID WTF WERE THEY THINKING LOL LOL",
    "y0u 4re s0 stup1d th4t 1t hurts my br41n r3ading th1s",
    "gr8 m8 i r8 it 8/8 no b8 whatsoever hahahahahaha",
    "Schwarzenegger, Berlusconi, Sarkozy and Zapatero met in Luxembourg",
    "Natsuki Matsushita, Jean-Pierre Dupont, Giuseppe Verdi, Juan Carlos",
    "https://example.org/der/artikel/ist/gut/geschrieben was a good read",
    "for i in range(10): print(numpy.linalg.norm(matrix[i]))",
    "hahahahahahahahahahahahaha",
    "noooooooooooooooooooooooo",
    "awesome pics bro, totally sick burn, respect from Texas",
    "😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂😂 nice one",
    "gonna wanna shoulda coulda woulda, y'all ain't gettin nuthin",
    "Totally irresponsible journalism, typical liberal propaganda garbage",
    "The café served crème brûlée and jalapeño tea, so naïve, such déjà vu",
    "fцck уou аnd yоur mоther, you stupid idiot",
    "asdfghjkl qwertyuiop zxcvbnm asdf asdf asdf",
    "A B C D E F G H I J K L M N O P Q R S T U V W X Y Z",
    "@maria @jean_pierre @muhammad #weltmeister #vivalafrance congrats guys",
    "RIP king, gone too soon, legends never die",
)
