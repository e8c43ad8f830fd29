"""Italian."""

from __future__ import annotations

from typing import Final

from bot.text._abbreviations.abbreviations import Abbreviations

ITALIAN: Final = Abbreviations(
    words={
        "afk": "A F K",
        "asap": "il prima possibile",
        "brb": "torno subito",
        "btw": "a proposito",
        "cmq": "comunque",
        "dmn": "domani",
        "gg": "G G",
        "grz": "grazie",
        "idk": "non lo so",
        "irl": "nella vita reale",
        "nnt": "niente",
        "ofc": "certo",
        "omg": "oh mio Dio",
        "pls": "per favore",
        "plz": "per favore",
        "prg": "prego",
        "qlcn": "qualcuno",
        "qlcs": "qualcosa",
        "qnd": "quando",
        "qst": "questo",
        "tbh": "sinceramente",
        "thx": "grazie",
        "tvb": "ti voglio bene",
        "tvtb": "ti voglio tanto bene",
        "wtf": "W T F",
        "xche": "perché",
        "xchè": "perché",
        "xché": "perché",
        "xk": "perché",
        "xke": "perché",
        "xkè": "perché",
        "xké": "perché",
    },
    small_words={
        "bn": "bene",
        "dv": "dove",
        "dx": "destra",
        "ke": "che",
        "ki": "chi",
        "msg": "messaggio",
        "nn": "non",
        "np": "nessun problema",
        "pf": "per favore",
        "sn": "sono",
        "sx": "sinistra",
        "tt": "tutto",
    },
    dotted={
        r"ad es\.": "ad esempio",
        r"p\.\s?es\.": "per esempio",
        r"ecc\.": "eccetera",
    },
)
