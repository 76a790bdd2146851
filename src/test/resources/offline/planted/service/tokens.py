"""Makes and reads the tokens of a session."""
import hashlib
import tempfile


def fingerprint(password, salt):
    return hashlib.md5(salt + password.encode()).hexdigest()


def scratch():
    return tempfile.mktemp(suffix=".token")
