"""Programs that call a service over HTTP: httpie, twine, apprise, pip-audit."""

import json

from trial import fault

HTML = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>busy</body></html>"


def http(t, url, *more, **options):
    t.write(".config/httpie/config.json", json.dumps({"disable_update_warnings": True}))
    t.command([t.bin("http"), "--ignore-stdin", "--check-status", url, *more], **options)


@fault("httpie", "refused", "connection-refused")
def _(t):
    http(t, f"http://127.0.0.1:{t.closed_port()}/orders/4711")


@fault("httpie", "no-such-host", "name-not-resolved")
def _(t):
    http(t, "http://orders.invalid/4711")


@fault("httpie", "silent", "dependency-timeout")
def _(t):
    http(t, t.dependency("silent").url + "/orders/4711", "--timeout=1")


@fault("httpie", "closed", "connection-closed")
def _(t):
    http(t, t.dependency("closed").url + "/orders/4711")


@fault("httpie", "reset", "connection-reset")
def _(t):
    http(t, t.dependency("reset").url + "/orders/4711")


@fault("httpie", "503", "dependency-error-status")
def _(t):
    http(t, t.dependency((503, "application/json", '{"error": "down"}')).url + "/orders/4711")


@fault("httpie", "429", "rate-limited")
def _(t):
    http(t, t.dependency((429, "application/json", '{"error": "slow down"}')).url + "/orders/4711")


@fault("httpie", "token-expired", "expired-token")
def _(t):
    does = (401, "application/json", '{"error": "invalid_token", "error_description": "The access token expired"}')
    http(t, t.dependency(does).url + "/orders/4711")


@fault("httpie", "certificate-untrusted", "certificate-untrusted")
def _(t):
    http(t, t.dependency((200, "text/plain", "ok"), tls=t.certificate()).url + "/orders/4711")


@fault("httpie", "certificate-expired", "certificate-expired")
def _(t):
    tls = t.certificate(start=-60)
    http(t, t.dependency((200, "text/plain", "ok"), tls=tls).url + "/orders/4711", f"--verify={tls[0]}")


@fault("httpie", "certificate-of-tomorrow", "clock-skew")
def _(t):
    tls = t.certificate(start=1)
    http(t, t.dependency((200, "text/plain", "ok"), tls=tls).url + "/orders/4711", f"--verify={tls[0]}")


@fault("httpie", "certificate-of-another", "certificate-wrong-name")
def _(t):
    tls = t.certificate(name="shop.example")
    http(t, t.dependency((200, "text/plain", "ok"), tls=tls).url + "/orders/4711", f"--verify={tls[0]}")


@fault("httpie", "upgrade-required", "version-mismatch")
def _(t):
    http(t, t.dependency((426, "application/json", '{"message": "use version 2"}')).url + "/v1/orders")


@fault("httpie", "disk-full", "disk-full")
def _(t):
    with open("/dev/full", "wb"):
        pass
    http(t, t.dependency((200, "text/plain", "ok" * 5000)).url + "/orders", "--output=/dev/full")


def twine(t, url, *, files=None, environment=None):
    package = t.write("dist/shop-1.0.tar.gz", targz())
    t.command(
        [t.bin("twine"), "upload", "--non-interactive", "--disable-progress-bar", "-u", "ada", "-p", "secret-4711",
         "--repository-url", url, *(files or [package])], environment)


def targz():
    import gzip, io, tarfile

    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as tar:
        for name, text in (
            ("PKG-INFO", b"Metadata-Version: 2.1\nName: shop\nVersion: 1.0\nSummary: a shop\n"), ("shop.py", b"")):
            info = tarfile.TarInfo(f"shop-1.0/{name}")
            info.size = len(text)
            tar.addfile(info, io.BytesIO(text))
    return gzip.compress(raw.getvalue())


@fault("twine", "forbidden", "credentials-rejected")
def _(t):
    twine(t, t.dependency((403, "text/html", "Invalid or non-existent authentication information.")).url + "/legacy/")


@fault("twine", "exists-already", "dependency-error-status")
def _(t):
    twine(t, t.dependency((400, "text/html", "File already exists")).url + "/legacy/")


@fault("twine", "refused", "connection-refused")
def _(t):
    twine(t, f"http://127.0.0.1:{t.closed_port()}/legacy/")


@fault("twine", "not-a-package", "malformed-input")
def _(t):
    twine(t, f"http://127.0.0.1:{t.closed_port()}/", files=[t.write("dist/shop-1.1.tar.gz", b"not gzip at all")])


@fault("twine", "no-file", "missing-file")
def _(t):
    twine(t, f"http://127.0.0.1:{t.closed_port()}/", files=[str(t.place / "dist/nothing-1.0.tar.gz")])


def apprise(t, url):
    t.command([t.bin("apprise"), "-vv", "-b", "the backup is done", url])


@fault("apprise", "500", "dependency-error-status")
def _(t):
    apprise(t, t.dependency((500, "text/plain", "oops")).url.replace("http", "json") + "/hook")


@fault("apprise", "refused", "connection-refused")
def _(t):
    apprise(t, f"json://127.0.0.1:{t.closed_port()}/hook")


@fault("apprise", "no-such-host", "name-not-resolved")
def _(t):
    apprise(t, "json://hooks.invalid/hook")


@fault("apprise", "unauthorized", "credentials-rejected")
def _(t):
    apprise(t, t.dependency((401, "application/json", '{"message": "who are you"}')).url.replace("http", "json") + "/hook")


def audit(t, behaviour):
    requirements = t.write("requirements.txt", "jinja2==2.4.1\n")
    url = t.dependency(behaviour).url if not isinstance(behaviour, int) else f"http://127.0.0.1:{behaviour}"
    t.command(
        [t.bin("pip-audit"), "--progress-spinner=off", "-s", "osv", "--osv-url", url + "/v1/query", "--no-deps",
         "--disable-pip", "-r", requirements])


@fault("pip-audit", "503", "dependency-error-status")
def _(t):
    audit(t, (503, "application/json", '{"error": "down"}'))


@fault("pip-audit", "html", "dependency-unexpected-form")
def _(t):
    audit(t, (200, "text/html", HTML))


@fault("pip-audit", "field-missing", "dependency-missing-field")
def _(t):
    audit(t, (200, "application/json", json.dumps({"vulns": [{"summary": "bad", "affected": []}]})))


@fault("pip-audit", "field-null", "dependency-null-field")
def _(t):
    audit(t, (200, "application/json", json.dumps({"vulns": [{"id": "OSV-1", "summary": "bad", "affected": [{"package": None}]}]})))


@fault("pip-audit", "refused", "connection-refused")
def _(t):
    audit(t, t.closed_port())
