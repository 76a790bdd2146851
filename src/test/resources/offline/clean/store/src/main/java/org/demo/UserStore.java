package org.demo;

import java.io.InputStream;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;

/** Keeps the users. It runs no {@code "SELECT * FROM users WHERE name = '" + name}. */
class UserStore {

    private static final String BY_NAME = "SELECT * FROM users " + Columns.WHERE + " name = ?";
    private static final String HELP = "do not call Runtime.getRuntime().exec(command)";
    private final Connection connection;

    UserStore(Connection connection) {
        this.connection = connection;
    }

    ResultSet byName(String name) throws Exception {
        // was: connection.createStatement().executeQuery("SELECT * FROM users WHERE name = '" + name + "'");
        PreparedStatement statement = connection.prepareStatement("SELECT * FROM users WHERE name = ?");
        statement.setString(1, name);
        return statement.executeQuery();
    }

    User read(InputStream in) throws Exception {
        return new JsonMapper().readValue(in, User.class);
    }

    void ping(String host) throws Exception {
        new ProcessBuilder("ping", "-c", "1", host).start();
    }
}
