"""Secrets, by the name of what holds them and by their look."""
import re

MARK = "[redacted]"

_names = re.compile(
    r"passw(or)?d|passphrase|\bpwd\b|secret|token|api_?key|authorization|cookie|session|credential|private_?key"
    r"|access_?key|signing_?key|bearer|\bauth\b|\bdsn\b|\bcvv\b|\bssn\b", re.I)
_values = re.compile(
    r"(?P<url>://[^/\s:@'\"]*:)[^/\s@'\"]+(?=@)"
    r"|(?P<scheme>\b(?:Bearer|Basic|Token)\s+)[A-Za-z0-9+/=._~-]{8,}"
    r"|(?P<member>\b(?:password|passwd|pwd|secret|api_?key|access_token|client_secret)\"?'?\s*[=:]\s*[\"']?)[^\s&\"',;]+"
    r"|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*"
    r"|\b(?:AKIA|ASIA)[A-Z0-9]{16}\b|\b(?:sk|pk|rk|ghp|gho|xox[bap])[-_][A-Za-z0-9_-]{16,}"
    r"|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*", re.I)
_digits = re.compile(r"(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])")


def is_secret_name(name):
    return _names.search(name.replace("-", "_")) is not None


def _replace(match):
    kept = match.group("url") or match.group("scheme") or match.group("member") or ""
    return kept + MARK


def _card(match):
    digits = [int(c) for c in match.group() if c.isdigit()]
    if digits[0] not in (2, 3, 4, 5, 6):
        return match.group()
    total = 0
    for i, d in enumerate(reversed(digits)):
        total += d if i % 2 == 0 else (d * 2 - 9 if d > 4 else d * 2)
    return MARK if total % 10 == 0 else match.group()


def clean(text):
    """The text without what looks like a secret."""
    if len(text) < 8:
        return text
    text = _values.sub(_replace, text)
    return _digits.sub(_card, text)
