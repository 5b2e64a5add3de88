"""Reads what was written for Flask-Encryptor, with PyCryptodome.

Standard input: {"files": [{"path", "token", "chunkSize"}],
"names": [{"realname": hexadecimal, "globalKey"}]}; standard output: the SHA-256
of each content, and each name, under the same two words.
"""
import hashlib
import json
import struct
import sys

from Cryptodome.Cipher import AES


def sha256(text):
    return hashlib.sha256(text.encode("utf-8"))


def content_hash(path, token, chunk_size):
    digest = hashlib.sha256()
    with open(path, "rb") as stored:
        size, iv = struct.unpack("<Q16s", stored.read(24))
        cipher = AES.new(sha256(token).digest(), AES.MODE_CBC, iv)
        while chunk := stored.read(chunk_size):
            content = cipher.decrypt(chunk)[:size]
            digest.update(content)
            size -= len(content)
    return digest.hexdigest() if size == 0 else "%d bytes are missing" % size


def name(realname, global_key):
    iv, encrypted = realname[:16], realname[16:]
    cipher = AES.new(sha256(global_key).digest(), AES.MODE_CFB, iv, segment_size=8)
    return cipher.decrypt(encrypted).decode("utf-8")


told = json.load(sys.stdin)
files = [content_hash(f["path"], f["token"], f["chunkSize"]) for f in told["files"]]
names = [name(bytes.fromhex(n["realname"]), n["globalKey"]) for n in told["names"]]
json.dump({"files": files, "names": names}, sys.stdout)
