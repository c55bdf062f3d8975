#!/bin/bash
# The application, in the foreground.
set -euo pipefail
cd "$(dirname "$0")"
. ./env.sh
mkdir -p run
cat >run/settings.cfg <<SETTINGS
SQLALCHEMY_DATABASE_URI = "postgresql://postgres@127.0.0.1:$DATABASE_PORT/budgets"
SECRET_KEY = "not a secret"
ADMIN_PASSWORD = ""
MAIL_DEFAULT_SENDER = "budget@example.com"
ACTIVATE_DEMO_PROJECT = True
SESSION_COOKIE_SECURE = False
SETTINGS
export IHATEMONEY_SETTINGS_FILE_PATH=$PWD/run/settings.cfg
export HTTPS_PROXY=http://127.0.0.1:$RATES_PORT REQUESTS_CA_BUNDLE=$PWD/run/ca.pem NO_PROXY=
exec "$VENV/bin/gunicorn" --bind "127.0.0.1:$APPPORT" --workers 1 ihatemoney.wsgi:application
