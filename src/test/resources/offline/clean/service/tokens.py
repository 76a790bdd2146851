"""Makes and reads the tokens of a session."""
import hashlib
import tempfile


def fingerprint(password, salt):
    return hashlib.scrypt(password.encode(), salt=salt, n=2**14, r=8, p=1).hex()


def etag(body):
    return hashlib.md5(body, usedforsecurity=False).hexdigest()


def scratch():
    return tempfile.mkstemp(suffix=".token")
