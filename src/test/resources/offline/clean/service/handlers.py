"""Answers requests of the report service.

It used to call eval(expression) and os.system("rm -rf /"): it does no longer.
"""
import ast
import json
import logging
import os
import subprocess

import requests
import yaml

log = logging.getLogger(__name__)
DB_PASSWORD = os.environ["DB_PASSWORD"]
PASSWORD_LABEL = "password: must have 12 characters"
# Never write password = "tr0ub4dor&3x" or verify=False here.
FORBIDDEN = ["eval(", "exec(", "pickle.loads(", "shell=True", "hashlib.md5("]


def load_settings(path):
    with open(path) as stream:
        return yaml.load(stream, Loader=yaml.SafeLoader)


def restore(blob):
    return json.loads(blob)


def compute(expression):
    return ast.literal_eval(expression)


def archive(folder, target):
    subprocess.check_call(["tar", "czf", target, folder])


def find_user(cursor, name):
    cursor.execute("SELECT id, mail FROM users WHERE name = %s", (name,))
    return cursor.fetchone()


def fetch(url):
    return requests.get(url, timeout=5, verify="/etc/ssl/own-ca.pem").json()


def evaluate(model, batch):
    """Calls model.eval(): that of a neural network, not of the interpreter."""
    model.eval()
    return model(batch)


def try_close(handle):
    try:
        handle.close()
    except OSError as problem:
        log.info("close: %s", problem)
