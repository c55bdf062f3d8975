"""Programs that make sites of files: mkdocs, pelican."""

from trial import fault


def mkdocs(t, config, page=b"# Shop\n", *more, environment=None):
    t.write("docs/index.md", page)
    t.write("mkdocs.yml", config)
    t.command([t.bin("mkdocs"), "build", "-f", str(t.place / "mkdocs.yml"), "-d", str(t.place / "site"), *more], environment)


@fault("mkdocs", "no-config", "missing-file", cause=("file", "nothing.yml"))
def _(t):
    t.command([t.bin("mkdocs"), "build", "-f", str(t.place / "nothing.yml")])


@fault("mkdocs", "yaml", "malformed-input", cause=("file", "mkdocs.yml"))
def _(t):
    mkdocs(t, "site_name: [Shop\nnav: {")


@fault("mkdocs", "latin1", "encoding-error", cause=("file", "index.md"))
def _(t):
    mkdocs(t, "site_name: Shop\n", "# S\u00e4ge\n".encode("latin-1"))


@fault("mkdocs", "unset-variable", "missing-configuration", cause=("variable", "SHOP_NAME"))
def _(t):
    mkdocs(t, "site_name: !ENV SHOP_NAME\n")


@fault("mkdocs", "unknown-theme", "wrong-configuration", cause=("file", "theme"))
def _(t):
    mkdocs(t, "site_name: Shop\ntheme: baroque\n")


@fault("mkdocs", "too-many-files", "too-many-open-files", cause=None)
def _(t):
    t.write("docs/index.md", "# Shop\n")
    t.write("mkdocs.yml", "site_name: Shop\n")
    t.command(["sh", "-c", f"ulimit -n 5; exec {t.bin('mkdocs')} build -f {t.place}/mkdocs.yml -d {t.place}/site"])


def pelican(t, config="", page=b"Title: Saw\nDate: 2026-01-02\n\nA saw.\n", *more, environment=None):
    t.write("content/saw.md", page)
    settings = t.write("conf.py", f"PATH = {str(t.place / 'content')!r}\nOUTPUT_PATH = {str(t.place / 'out')!r}\n{config}")
    t.command([t.bin("pelican"), "-s", settings, "--fatal", "errors", *more], environment)


@fault("pelican", "no-settings", "missing-file", cause=("file", "nothing.py"))
def _(t):
    t.command([t.bin("pelican"), "-s", str(t.place / "nothing.py"), str(t.place)])


@fault("pelican", "latin1", "encoding-error", cause=("file", "saw.md"))
def _(t):
    pelican(t, "", "Title: S\u00e4ge\nDate: 2026-01-02\n\nEine S\u00e4ge.\n".encode("latin-1"))


@fault("pelican", "bad-date", "malformed-input", cause=("file", "saw.md"))
def _(t):
    pelican(t, "", b"Title: Saw\nDate: the day before\n\nA saw.\n")


@fault("pelican", "unset-variable", "missing-configuration", cause=("variable", "SHOP_URL"))
def _(t):
    pelican(t, "import os\nSITEURL = os.environ['SHOP_URL']\n")
