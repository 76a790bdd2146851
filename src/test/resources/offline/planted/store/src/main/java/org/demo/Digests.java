package org.demo;

import java.security.MessageDigest;
import javax.crypto.Cipher;
import javax.net.ssl.HttpsURLConnection;

class Digests {

    byte[] of(byte[] data) throws Exception {
        return MessageDigest.getInstance("SHA-1").digest(data);
    }

    Cipher cipher() throws Exception {
        return Cipher.getInstance("AES/ECB/PKCS5Padding");
    }

    void trustAll(HttpsURLConnection connection) {
        connection.setHostnameVerifier((host, session) -> true);
    }
}
