"""What goes wrong: answers of the REST API, and things a member's client does not allow."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
INVALID_FORM_BODY = 50035


class RestError(Exception):
    """An error answer of the REST API; codes are Discord's "JSON Error Codes"."""

    def __init__(self, status: int, code: int, message: str, *, errors: Json | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.errors = errors

    @property
    def body(self) -> Json:
        """Return the JSON body of the answer."""
        body: Json = {"message": str(self), "code": self.code}
        return body | ({"errors": self.errors} if self.errors else {})

    def within(self, place: str) -> RestError:
        """Return this error about a body that is itself the field `place` of another."""
        errors = {place: self.errors} if self.errors else None
        return RestError(self.status, self.code, str(self), errors=errors)


UNKNOWN = {
    "Application": 10002,
    "Channel": 10003,
    "Guild": 10004,
    "Invite": 10006,
    "Member": 10007,
    "Message": 10008,
    "Role": 10011,
    "User": 10013,
    "Emoji": 10014,
    "Webhook": 10015,
    "Ban": 10026,
    "Interaction": 10062,
    "Application Command": 10063,
    "Voice State": 10065,
    "application command permissions": 10066,
    "Stage Instance": 10067,
    "permission overwrite": 10009,
}


def unknown(what: str) -> RestError:
    """Return the 404 for something that does not exist, such as `"Channel"`."""
    return RestError(
        404, UNKNOWN[what], f"Unknown {what.lower() if what == 'Interaction' else what}"
    )


def unauthorized() -> RestError:
    """Return the 401 for a missing or wrong token."""
    return RestError(401, 0, "401: Unauthorized")


def not_found() -> RestError:
    """Return the 404 for a route that does not exist."""
    return RestError(404, 0, "404: Not Found")


def missing_access() -> RestError:
    """Return the 403 for something the caller cannot even see."""
    return RestError(403, 50001, "Missing Access")


def missing_permissions() -> RestError:
    """Return the 403 for something the caller may not do."""
    return RestError(403, 50013, "Missing Permissions")


class FormErrors:
    """Collects what is wrong with a body, then raises one `Invalid Form Body`."""

    def __init__(self) -> None:
        self._tree: Json = {}

    def __bool__(self) -> bool:
        return bool(self._tree)

    def add(self, path: str, code: str, message: str) -> None:
        """Note an error at `path`, written with dots: `options.0.name`."""
        node = self._tree
        for key in filter(None, path.split(".")):
            node = node.setdefault(key, {})
        node.setdefault("_errors", []).append({"code": code, "message": message})

    def merge(self, other: FormErrors) -> None:
        """Note everything `other` noted, in places where nothing was noted yet."""
        self._tree |= other._tree

    def required(self, path: str) -> None:
        """Note a missing field."""
        self.add(path, "BASE_TYPE_REQUIRED", "This field is required")

    def length(self, path: str, *, minimum: int, maximum: int, actual: int) -> None:
        """Note a string or list whose length is out of bounds, if it is."""
        if minimum <= actual <= maximum:
            return
        if minimum:
            message = f"Must be between {minimum} and {maximum} in length."
            self.add(path, "BASE_TYPE_BAD_LENGTH", message)
            return
        self.add(path, "BASE_TYPE_MAX_LENGTH", f"Must be {maximum} or fewer in length.")

    def choices(self, path: str, allowed: str) -> None:
        """Note a value outside an enumeration."""
        self.add(path, "BASE_TYPE_CHOICES", f"Value must be one of {{{allowed}}}.")

    def raise_if_any(self) -> None:
        """Raise what was collected, if anything was."""
        if self._tree:
            raise RestError(400, INVALID_FORM_BODY, "Invalid Form Body", errors=self._tree)


def invalid_form(path: str, code: str, message: str) -> RestError:
    """Return an `Invalid Form Body` with a single error."""
    errors = FormErrors()
    errors.add(path, code, message)
    return RestError(400, INVALID_FORM_BODY, "Invalid Form Body", errors=errors._tree)


class SimulationError(Exception):
    """A simulated member tried what a real client would not let them do."""


class NotPermittedError(SimulationError):
    """The member lacks the permission, or cannot see the place."""


class MessageBlockedError(SimulationError):
    """AutoMod blocked the message: nobody sees it."""


class UnknownCommandError(SimulationError):
    """No such command is offered to the member in this place."""


class InvalidOptionError(SimulationError):
    """An option is missing, unknown, of another type or out of bounds."""


class ComponentError(SimulationError):
    """No such component in the message or modal, or it does not accept this."""


class NoResponseError(SimulationError):
    """The application did not respond."""
