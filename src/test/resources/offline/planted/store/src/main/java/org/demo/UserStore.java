package org.demo;

import java.io.InputStream;
import java.io.ObjectInputStream;
import java.sql.Connection;
import java.sql.ResultSet;

/** Keeps the users. */
class UserStore {

    private final Connection connection;

    UserStore(Connection connection) {
        this.connection = connection;
    }

    ResultSet byName(String name) throws Exception {
        return connection.createStatement().executeQuery("SELECT * FROM users WHERE name = '" + name + "'");
    }

    Object read(InputStream in) throws Exception {
        return new ObjectInputStream(in).readObject();
    }

    void ping(String host) throws Exception {
        Runtime.getRuntime().exec("ping -c 1 " + host);
    }
}
