"""Which components Discord accepts in messages and forms."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox._discord_client import harbour, raw_rest

TEXT = {"type": 10, "content": "text"}


def button(custom_id: str = "a", **more: Any) -> dict[str, Any]:
    return {"type": 2, "style": 1, "label": "A", "custom_id": custom_id, **more}


def row(*components: dict[str, Any]) -> dict[str, Any]:
    return {"type": 1, "components": list(components)}


def menu(kind: int = 5, **more: Any) -> dict[str, Any]:
    return {"type": kind, "custom_id": "m", **more}


TWO = [{"label": str(n), "value": str(n), "default": True} for n in range(2)]


@pytest.mark.parametrize(
    "component",
    [
        row(button(label="x" * 81)),
        row(button(style=5, url="https://example.org")),
        row({"type": 2, "style": 5, "label": "A", "url": "javascript:1"}),
        row({"type": 2, "style": 5, "label": "A", "url": "abc"}),
        row({"type": 2, "style": 5, "label": "A", "url": "https://"}),
        row(button(emoji="x")),
        row(button(emoji={"id": "x"})),
        row(menu(3, options=[{"label": "a", "value": "a", "emoji": "x"}])),
        row({"type": 2, "style": 6, "sku_id": "1", "url": "x"}),
        row(button(custom_id="")),
        row(menu(min_values=2, max_values=1)),
        row(menu(max_values=26)),
        row(menu(placeholder="x" * 151)),
        row(menu(3, options=TWO, max_values=3)),
        row(menu(3, options=TWO)),
        row(menu(default_values=[{"id": "1", "type": "role"}])),
        row(menu(default_values=[{"id": "1", "type": "user"}] * 2)),
        row({"type": 4, "custom_id": "t", "style": 1, "label": "x"}),
        {"type": 12, "items": []},
        {"type": 12, "items": [{"media": {"url": "https://x"}}] * 11},
        {"type": 12, "items": [{"media": {"url": "attachment://none.png"}}]},
        {"type": 13, "file": {"url": "https://example.org/x"}},
        {"type": 14, "spacing": 3},
        {"type": 14, "divider": "x"},
        {"type": 12, "items": [{"media": {"url": "https://x"}, "spoiler": "x"}]},
        {"type": 17, "components": [TEXT], "spoiler": "x"},
        {"type": 17, "components": [TEXT], "accent_color": "red"},
        {"type": 17, "components": []},
        {"type": 17, "components": [TEXT], "accent_color": 1 << 24},
        {"type": 9, "components": [TEXT] * 4, "accessory": button()},
        {"type": 9, "components": [TEXT], "accessory": menu()},
        {"type": 9, "components": [TEXT], "accessory": {"type": 11}},
        {"type": 9, "components": [TEXT], "accessory": {"type": 11, "media": {"url": "x"}}},
        {"type": 18, "label": "x", "component": menu()},
    ],
)
async def test_components_outside_the_rules_are_refused(
    component: dict[str, Any],
) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        body = {"flags": 1 << 15, "components": [component]}
        path = f"channels/{here.chat.id}/messages"
        async with http.post(path, json=body) as response:
            answer = await response.json()
        assert (response.status, answer["code"]) == (400, 50035)
        assert "components" in answer["errors"]
        assert here.chat.messages == []


async def test_components_inside_the_rules_are_shown() -> None:
    parts = [
        row(
            {"type": 2, "style": 5, "label": "A", "url": "discord://-/settings/voice"},
            {"type": 2, "style": 5, "label": "B", "url": "HTTPS://example.org/a?b=c#d"},
            button(emoji={"name": "🔥", "id": None, "animated": False}),
        ),
        {
            "type": 9,
            "components": [TEXT],
            "accessory": {"type": 11, "media": {"url": "http://x/y"}},
        },
        {"type": 14, "divider": False, "spacing": 2},
        {"type": 17, "components": [TEXT], "spoiler": True, "accent_color": 0xFFFFFF},
    ]
    async with harbour() as here, raw_rest(here.discord) as http:
        body = {"flags": 1 << 15, "components": parts}
        async with http.post(f"channels/{here.chat.id}/messages", json=body) as response:
            assert response.status == 200


def labelled(component: dict[str, Any], label: str = "x") -> dict[str, Any]:
    return {"type": 18, "label": label, "component": component}


FIELD = {"type": 4, "custom_id": "t", "style": 1}
OPTION = {"label": "a", "value": "a"}


@pytest.mark.parametrize(
    "modal",
    [
        {"components": []},
        {"components": [labelled(FIELD | {"custom_id": str(n)}) for n in range(6)]},
        {"title": "x" * 46},
        {"components": [labelled(FIELD, "x" * 46)]},
        {"components": [labelled(FIELD) | {"description": "x" * 101}]},
        {"components": [labelled(FIELD | {"max_length": 4001})]},
        {"components": [labelled(FIELD | {"min_length": 5, "max_length": 2})]},
        {"components": [labelled(FIELD | {"max_length": 2, "value": "abc"})]},
        {"components": [labelled(FIELD | {"placeholder": "x" * 101})]},
        {"components": [labelled(menu(min_values=0))]},
        {"components": [labelled(menu(disabled=True))]},
        {"components": [labelled({"type": 19, "custom_id": "f", "max_values": 11})]},
        {"components": [labelled({"type": 21, "custom_id": "r", "options": [OPTION]})]},
        {"components": [labelled({"type": 22, "custom_id": "c", "options": []})]},
        {"components": [labelled(button())]},
        {"components": [row(menu())]},
        {"components": [labelled(FIELD), labelled(FIELD)]},
    ],
)
async def test_forms_outside_the_rules_are_refused(modal: dict[str, Any]) -> None:
    async with harbour() as here, raw_rest(here.discord) as http:
        path = f"applications/{here.discord.application.id}/commands"
        await http.put(path, json=[{"name": "form", "description": "x"}])
        used = await here.ann.slash("form")
        data = {"title": "x", "custom_id": "x", "components": [labelled(FIELD)], **modal}
        path = f"interactions/{used.id}/{used.token}/callback"
        async with http.post(path, json={"type": 9, "data": data}) as response:
            assert (response.status, (await response.json())["code"]) == (400, 50035)
        assert used.modal is None
