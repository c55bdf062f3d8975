#!/bin/bash
# Installs version VER of the application, with the libraries of its time, into VENV.
set -euo pipefail
cd "$(dirname "$0")"
. ./env.sh
"$PY" -m venv "$VENV"
"$VENV/bin/pip" install -q --disable-pip-version-check "ihatemoney==$VER" psycopg2-binary email_validator 'gunicorn<24' \
    'Flask<2.3' 'Werkzeug<2.3' 'SQLAlchemy<2' 'Flask-SQLAlchemy<3' 'setuptools<80'
