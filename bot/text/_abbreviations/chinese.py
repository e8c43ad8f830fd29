"""Chinese."""

from __future__ import annotations

from typing import Final

from bot.text._abbreviations.abbreviations import Abbreviations

_NO_NUMBER: Final = r"(?![\p{N}.,:%-]|(?![了啊呀])\p{L})"

CHINESE: Final = Abbreviations(
    words={
        "3q": "谢谢",
        "afk": "A F K",
        "awsl": "啊我死了",
        "bdjw": "不懂就问",
        "brb": "马上回来",
        "btw": "顺便说一下",
        "dbq": "对不起",
        "gg": "G G",
        "gkd": "搞快点",
        "idk": "不知道",
        "kswl": "磕死我了",
        "nb": "牛",
        "nsdd": "你说得对",
        "omg": "我的天",
        "plmm": "漂亮妹妹",
        "pyq": "朋友圈",
        "srds": "虽然但是",
        "ssfd": "瑟瑟发抖",
        "szd": "是真的",
        "thx": "谢谢",
        "tql": "太强了",
        "u1s1": "有一说一",
        "xdm": "兄弟们",
        "xjj": "小姐姐",
        "xswl": "笑死我了",
        "yyds": "永远的神",
        "yygq": "阴阳怪气",
        "yysy": "有一说一",
        "zqsg": "真情实感",
    },
    small_words={
        "pls": "拜托",
        "plz": "拜托",
        "wx": "微信",
        "xs": "笑死",
    },
    dotted={
        # Numbers that sound like words; where one counts something, it is a number.
        rf"(?<![\p{{N}}.,:-])6{{3,}}+{_NO_NUMBER}": "六六六",
        rf"(?<![\p{{N}}.,:-])5{{3,}}+{_NO_NUMBER}": "呜呜呜",
        rf"(?<![^\s，。！])(?:886|88){_NO_NUMBER}": "拜拜",
    },
)
