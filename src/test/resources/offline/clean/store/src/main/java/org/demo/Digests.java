package org.demo;

import java.security.MessageDigest;
import javax.crypto.Cipher;

class Digests {

    /** Not {@code MessageDigest.getInstance("MD5")}. */
    byte[] of(byte[] data) throws Exception {
        return MessageDigest.getInstance("SHA-256").digest(data);
    }

    Cipher cipher() throws Exception {
        return Cipher.getInstance("AES/GCM/NoPadding");
    }

    String hint() {
        return "setHostnameVerifier((host, session) -> true) is forbidden, new ObjectInputStream(in) as well";
    }
}
