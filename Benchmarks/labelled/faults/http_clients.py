"""Programs that call a service over HTTP: httpie, twine, apprise, pip-audit."""

import json

from trial import fault

HTML = "<!DOCTYPE html><html><head><title>Bad gateway</title></head><body>busy</body></html>"


def http(t, url, *more, **options):
    t.write(".config/httpie/config.json", json.dumps({"disable_update_warnings": True}))
    t.command([t.bin("http"), "--ignore-stdin", "--check-status", url, *more], **options)


@fault("httpie", "refused", "connection-refused", cause=("fault", "refused"))
def _(t):
    http(t, f"http://127.0.0.1:{t.closed_port()}/orders/4711")


@fault("httpie", "no-such-host", "name-not-resolved", cause=("fault answer", "orders.invalid"))
def _(t):
    http(t, "http://orders.invalid/4711")


@fault("httpie", "silent", "dependency-timeout", cause=("answer fault timing", "/orders/4711"))
def _(t):
    http(t, t.dependency("silent").url + "/orders/4711", "--timeout=1")


@fault("httpie", "closed", "connection-closed", cause=("answer fault", "/orders/4711"))
def _(t):
    http(t, t.dependency("closed").url + "/orders/4711")


@fault("httpie", "reset", "connection-reset", cause=("answer fault", "/orders/4711"))
def _(t):
    http(t, t.dependency("reset").url + "/orders/4711")


@fault("httpie", "503", "dependency-error-status", cause=("answer", "http:503"))
def _(t):
    http(t, t.dependency((503, "application/json", '{"error": "down"}')).url + "/orders/4711")


@fault("httpie", "429", "rate-limited", cause=("answer", "http:429"))
def _(t):
    http(t, t.dependency((429, "application/json", '{"error": "slow down"}')).url + "/orders/4711")


@fault("httpie", "token-expired", "expired-token", cause=("answer", "http:401"))
def _(t):
    does = (401, "application/json", '{"error": "invalid_token", "error_description": "The access token expired"}')
    http(t, t.dependency(does).url + "/orders/4711")


@fault("httpie", "certificate-untrusted", "certificate-untrusted", cause=("fault", "certificate"))
def _(t):
    http(t, t.dependency((200, "text/plain", "ok"), tls=t.certificate()).url + "/orders/4711")


@fault("httpie", "certificate-expired", "certificate-expired", cause=[("time", ""), ("fault", "certificate")])
def _(t):
    tls = t.certificate(start=-60)
    http(t, t.dependency((200, "text/plain", "ok"), tls=tls).url + "/orders/4711", f"--verify={tls[0]}")


@fault("httpie", "certificate-of-tomorrow", "clock-skew", cause=[("time", ""), ("fault", "certificate")])
def _(t):
    tls = t.certificate(start=1)
    http(t, t.dependency((200, "text/plain", "ok"), tls=tls).url + "/orders/4711", f"--verify={tls[0]}")


@fault("httpie", "certificate-of-another", "certificate-wrong-name", cause=("fault", "certificate"))
def _(t):
    tls = t.certificate(name="shop.example")
    http(t, t.dependency((200, "text/plain", "ok"), tls=tls).url + "/orders/4711", f"--verify={tls[0]}")


@fault("httpie", "upgrade-required", "version-mismatch", cause=("answer", "http:426"))
def _(t):
    http(t, t.dependency((426, "application/json", '{"message": "use version 2"}')).url + "/v1/orders")


@fault("httpie", "disk-full", "disk-full", cause=None)
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


@fault("twine", "forbidden", "credentials-rejected", cause=("answer", "http:403"))
def _(t):
    twine(t, t.dependency((403, "text/html", "Invalid or non-existent authentication information.")).url + "/legacy/")


@fault("twine", "exists-already", "dependency-error-status", cause=("answer", "http:400"))
def _(t):
    twine(t, t.dependency((400, "text/html", "File already exists")).url + "/legacy/")


@fault("twine", "refused", "connection-refused", cause=("fault", "refused"))
def _(t):
    twine(t, f"http://127.0.0.1:{t.closed_port()}/legacy/")


@fault("twine", "not-a-package", "malformed-input", cause=("file", "shop-1.1.tar.gz"))
def _(t):
    twine(t, f"http://127.0.0.1:{t.closed_port()}/", files=[t.write("dist/shop-1.1.tar.gz", b"not gzip at all")])


@fault("twine", "no-file", "missing-file", cause=("file", "nothing-1.0.tar.gz"))
def _(t):
    twine(t, f"http://127.0.0.1:{t.closed_port()}/", files=[str(t.place / "dist/nothing-1.0.tar.gz")])


def apprise(t, url):
    t.command([t.bin("apprise"), "-vv", "-b", "the backup is done", url])


@fault("apprise", "500", "dependency-error-status", cause=("answer", "http:500"))
def _(t):
    apprise(t, t.dependency((500, "text/plain", "oops")).url.replace("http", "json") + "/hook")


@fault("apprise", "refused", "connection-refused", cause=("fault", "refused"))
def _(t):
    apprise(t, f"json://127.0.0.1:{t.closed_port()}/hook")


@fault("apprise", "no-such-host", "name-not-resolved", cause=("fault answer", "hooks.invalid"))
def _(t):
    apprise(t, "json://hooks.invalid/hook")


@fault("apprise", "unauthorized", "credentials-rejected", cause=("answer", "http:401"))
def _(t):
    apprise(t, t.dependency((401, "application/json", '{"message": "who are you"}')).url.replace("http", "json") + "/hook")


def audit(t, behaviour):
    requirements = t.write("requirements.txt", "jinja2==2.4.1\n")
    url = t.dependency(behaviour).url if not isinstance(behaviour, int) else f"http://127.0.0.1:{behaviour}"
    t.command(
        [t.bin("pip-audit"), "--progress-spinner=off", "-s", "osv", "--osv-url", url + "/v1/query", "--no-deps",
         "--disable-pip", "-r", requirements])


@fault("pip-audit", "503", "dependency-error-status", cause=("answer", "http:503"))
def _(t):
    audit(t, (503, "application/json", '{"error": "down"}'))


@fault("pip-audit", "html", "dependency-unexpected-form", cause=("answer", "/v1/query"))
def _(t):
    audit(t, (200, "text/html", HTML))


@fault("pip-audit", "field-missing", "dependency-missing-field", cause=("field", "vulns[0].id"))
def _(t):
    audit(t, (200, "application/json", json.dumps({"vulns": [{"summary": "bad", "affected": []}]})))


@fault("pip-audit", "field-null", "dependency-null-field", cause=("field", "vulns[0].affected[0].package"))
def _(t):
    audit(t, (200, "application/json", json.dumps({"vulns": [{"id": "OSV-1", "summary": "bad", "affected": [{"package": None}]}]})))


@fault("pip-audit", "refused", "connection-refused", cause=("fault", "refused"))
def _(t):
    audit(t, t.closed_port())
