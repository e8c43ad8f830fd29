"""Japanese."""

from __future__ import annotations

from typing import Final

from bot.text._abbreviations.abbreviations import Abbreviations

JAPANESE: Final = Abbreviations(
    words={
        "afk": "離席",
        "brb": "すぐ戻ります",
        "gg": "ジージー",
        "gj": "グッジョブ",
        "gkbr": "ガクブル",
        "ktkr": "キタコレ",
        "kwsk": "詳しく",
        "mjd": "マジで",
        "omg": "オーマイガー",
        "orz": "がっくり",
        "pls": "プリーズ",
        "plz": "プリーズ",
        "thx": "サンクス",
        "ty": "サンキュー",
        "wktk": "ワクテカ",
    },
    dotted={
        r"おk(?![a-z])": "オーケー",
        r"うp(?![a-z])": "アップ",
        r"(?<!\p{Han})乙(?!\p{Han})": "おつ",
        r"(?<![\p{L}])ノシ(?!\p{L})": "バイバイ",
        r"(?<![\p{N}.,])8{4,}+(?![\p{N}\p{L}.,%])": "パチパチパチ",
    },
)
