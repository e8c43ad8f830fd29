"""The provider's system voices, as its voice table lists them."""

from __future__ import annotations

from typing import Final

from bot.models import Sex, Voice

# Alibaba Model Studio documentation, "Speech synthesis - Qwen", voice table of 2026-03-31.
# The second column says which models speak with the voice: I = qwen3-tts-instruct-flash,
# F = qwen3-tts-flash, S = its first snapshot (2025-09-18), Q = every qwen-tts,
# q = only qwen-tts-latest and its snapshot.
_TABLE: Final = """
Cherry      | IFSQ | F | 芊悦       |              | sunny, friendly, natural young woman
Serena      | IFQ  | F | 苏瑶       |              | gentle young woman
Ethan       | IFSQ | M | 晨煦       |              | sunny, warm, lively, light northern accent
Chelsie     | IFQ  | F | 千雪       |              | anime-style virtual girlfriend
Momo        | IF   | F | 茉兔       |              | playful, teasing
Vivian      | IF   | F | 十三       |              | cute, a little feisty
Moon        | IF   | M | 月白       |              | bold, handsome
Maia        | IF   | F | 四月       |              | intelligent and gentle
Kai         | IF   | M | 凯         |              | soothing
Nofish      | IFS  | M | 不吃鱼     |              | designer who cannot pronounce retroflex sounds
Bella       | IF   | F | 萌宝       |              | little girl
Jennifer    | FS   | F | 詹妮弗     |              | cinematic American English
Ryan        | FS   | M | 甜茶       |              | rhythmic, dramatic
Katerina    | FS   | F | 卡捷琳娜   |              | mature woman, memorable rhythm
Aiden       | F    | M | 艾登       |              | young American
Eldric Sage | IF   | M | 沧明子     |              | calm, wise elder
Mia         | IF   | F | 乖小妹     |              | gentle, obedient
Mochi       | IF   | M | 沙小弥     |              | clever child, old for his years
Bellona     | IF   | F | 燕铮莺     |              | powerful, clear
Vincent     | IF   | M | 田叔       |              | raspy, smoky
Bunny       | IF   | F | 萌小姬     |              | very cute girl
Neil        | IF   | M | 阿闻       |              | news anchor
Elias       | IFS  | F | 墨讲师     |              | lecturer
Arthur      | IF   | M | 徐大爷     |              | old village storyteller
Nini        | IF   | F | 邻家妹妹   |              | soft, sweet
Seren       | IF   | F | 小婉       |              | soft, for falling asleep
Pip         | IF   | M | 顽屁小孩   |              | naughty boy
Stella      | IF   | F | 少女阿月   |              | sweet teenager
Bodega      | F    | M | 博德加     |              | passionate Spaniard
Sonrisa     | F    | F | 索尼莎     |              | warm Latin American
Alek        | F    | M | 阿列克     |              | Russian
Dolce       | F    | M | 多尔切     |              | relaxed Italian
Sohee       | F    | F | 素熙       |              | warm Korean elder sister
Ono Anna    | F    | F | 小野杏     |              | lively Japanese childhood friend
Lenn        | F    | M | 莱恩       |              | young German
Emilien     | F    | M | 埃米尔安   |              | romantic Frenchman
Andre       | F    | M | 安德雷     |              | magnetic, steady
Radio Gol   | F    | M | 拉迪奥·戈尔 |              | football commentator
Jada        | FSq  | F | 上海-阿珍  | Shanghainese |
Dylan       | FSq  | M | 北京-晓东  | Beijing      |
Li          | FS   | M | 南京-老李  | Nanjing      |
Marcus      | FS   | M | 陕西-秦川  | Shaanxi      |
Roy         | FS   | M | 闽南-阿杰  | Southern Min |
Peter       | FS   | M | 天津-李彼得 | Tianjin      |
Sunny       | FSq  | F | 四川-晴儿  | Sichuan      |
Eric        | FS   | M | 四川-程川  | Sichuan      |
Rocky       | FS   | M | 粤语-阿强  | Cantonese    |
Kiki        | FS   | F | 粤语-阿清  | Cantonese    |
"""
_SEXES: Final = {"F": Sex.FEMALE, "M": Sex.MALE}


def _rows() -> list[tuple[str, Voice]]:
    rows = []
    for line in _TABLE.strip().splitlines():
        id_, models, sex, name, dialect, character = (cell.strip() for cell in line.split("|"))
        rows.append((models, Voice(id_, name, _SEXES[sex], character, dialect or None)))
    return rows


_ROWS: Final = _rows()
ALL: Final[tuple[Voice, ...]] = tuple(voice for _, voice in _ROWS)


def marked(marks: str) -> frozenset[str]:
    """Return the ids of the voices that carry any of `marks` in the model column."""
    return frozenset(voice.id for models, voice in _ROWS if set(marks) & set(models))
