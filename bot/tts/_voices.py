"""The provider's system voices, as its voice table lists them."""

from __future__ import annotations

from typing import Final

from bot.models import Language, Manner, Sex, Voice

# Alibaba Model Studio documentation, "Speech synthesis - Qwen", voice table of 2026-03-31.
# The second column says which models speak with the voice: I = qwen3-tts-instruct-flash,
# F = qwen3-tts-flash, S = its first snapshot (2025-09-18), Q = every qwen-tts,
# q = only qwen-tts-latest and its snapshot. Where a voice is at home and its manner (gentle,
# lively, strong, mature, childlike) are told from that table's descriptions.
_TABLE: Final = """
Cherry      | IFSQ | F | zh | 芊悦       |              | l | sunny, friendly, natural young woman
Serena      | IFQ  | F | zh | 苏瑶       |              | g | gentle young woman
Ethan       | IFSQ | M | zh | 晨煦       |              | l | sunny, warm, lively, light northern accent
Chelsie     | IFQ  | F | zh | 千雪       |              | l | anime-style virtual girlfriend
Momo        | IF   | F | zh | 茉兔       |              | l | playful, teasing
Vivian      | IF   | F | zh | 十三       |              | l | cute, a little feisty
Moon        | IF   | M | zh | 月白       |              | s | bold, handsome
Maia        | IF   | F | zh | 四月       |              | g | intelligent and gentle
Kai         | IF   | M | zh | 凯         |              | g | soothing
Nofish      | IFS  | M | zh | 不吃鱼     |              | l | designer who cannot pronounce retroflex sounds
Bella       | IF   | F | zh | 萌宝       |              | c | little girl
Jennifer    | FS   | F | en | 詹妮弗     |              | s | cinematic American English
Ryan        | FS   | M | zh | 甜茶       |              | s | rhythmic, dramatic
Katerina    | FS   | F | zh | 卡捷琳娜   |              | m | mature woman, memorable rhythm
Aiden       | F    | M | en | 艾登       |              | l | young American
Eldric Sage | IF   | M | zh | 沧明子     |              | m | calm, wise elder
Mia         | IF   | F | zh | 乖小妹     |              | g | gentle, obedient
Mochi       | IF   | M | zh | 沙小弥     |              | c | clever child, old for his years
Bellona     | IF   | F | zh | 燕铮莺     |              | s | powerful, clear
Vincent     | IF   | M | zh | 田叔       |              | s | raspy, smoky
Bunny       | IF   | F | zh | 萌小姬     |              | c | very cute girl
Neil        | IF   | M | zh | 阿闻       |              | m | news anchor
Elias       | IFS  | F | zh | 墨讲师     |              | m | lecturer
Arthur      | IF   | M | zh | 徐大爷     |              | m | old village storyteller
Nini        | IF   | F | zh | 邻家妹妹   |              | g | soft, sweet
Seren       | IF   | F | zh | 小婉       |              | g | soft, for falling asleep
Pip         | IF   | M | zh | 顽屁小孩   |              | c | naughty boy
Stella      | IF   | F | zh | 少女阿月   |              | l | sweet teenager
Bodega      | F    | M | es | 博德加     |              | l | passionate Spaniard
Sonrisa     | F    | F | es | 索尼莎     |              | l | warm Latin American
Alek        | F    | M | ru | 阿列克     |              | s | Russian
Dolce       | F    | M | it | 多尔切     |              | g | relaxed Italian
Sohee       | F    | F | ko | 素熙       |              | g | warm Korean elder sister
Ono Anna    | F    | F | ja | 小野杏     |              | l | lively Japanese childhood friend
Lenn        | F    | M | de | 莱恩       |              | m | young German
Emilien     | F    | M | fr | 埃米尔安   |              | g | romantic Frenchman
Andre       | F    | M | zh | 安德雷     |              | m | magnetic, steady
Radio Gol   | F    | M | pt | 拉迪奥·戈尔 |              | s | football commentator
Jada        | FSq  | F | zh | 上海-阿珍  | Shanghainese |   |
Dylan       | FSq  | M | zh | 北京-晓东  | Beijing      |   |
Li          | FS   | M | zh | 南京-老李  | Nanjing      |   |
Marcus      | FS   | M | zh | 陕西-秦川  | Shaanxi      |   |
Roy         | FS   | M | zh | 闽南-阿杰  | Southern Min |   |
Peter       | FS   | M | zh | 天津-李彼得 | Tianjin      |   |
Sunny       | FSq  | F | zh | 四川-晴儿  | Sichuan      |   |
Eric        | FS   | M | zh | 四川-程川  | Sichuan      |   |
Rocky       | FS   | M | zh | 粤语-阿强  | Cantonese    |   |
Kiki        | FS   | F | zh | 粤语-阿清  | Cantonese    |   |
"""  # noqa: E501 (one voice a line)
_SEXES: Final = {"F": Sex.FEMALE, "M": Sex.MALE}
_HOMES: Final = {
    "de": Language.GERMAN,
    "en": Language.ENGLISH,
    "es": Language.SPANISH,
    "fr": Language.FRENCH,
    "it": Language.ITALIAN,
    "ja": Language.JAPANESE,
    "ko": Language.KOREAN,
    "pt": Language.PORTUGUESE,
    "ru": Language.RUSSIAN,
    "zh": Language.CHINESE,
}
_MANNERS: Final = {manner[0]: manner for manner in Manner}


def _rows() -> list[tuple[str, Voice]]:
    rows = []
    for line in _TABLE.strip().splitlines():
        cells = (cell.strip() for cell in line.split("|"))
        id_, models, sex, home, name, dialect, manner, character = cells
        voice = Voice(
            id_,
            name,
            _SEXES[sex],
            character,
            dialect or None,
            _HOMES[home],
            _MANNERS.get(manner),
        )
        rows.append((models, voice))
    return rows


_ROWS: Final = _rows()
ALL: Final[tuple[Voice, ...]] = tuple(voice for _, voice in _ROWS)


def marked(marks: str) -> frozenset[str]:
    """Return the ids of the voices that carry any of `marks` in the model column."""
    return frozenset(voice.id for models, voice in _ROWS if set(marks) & set(models))
