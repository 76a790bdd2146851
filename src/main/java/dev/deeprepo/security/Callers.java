package dev.deeprepo.security;

import java.util.List;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.authority.AuthorityUtils;
import org.springframework.security.core.context.SecurityContext;
import org.springframework.security.core.context.SecurityContextHolder;

/** Says of the current request whose it is. */
final class Callers {

    /** The role of those who may read the meters and the sums over everybody. */
    static final String OPERATOR = "OPERATOR";

    private Callers() {}

    /** @param name what they submit is theirs by this name */
    static void come(String name, boolean operator) {
        SecurityContext context = SecurityContextHolder.createEmptyContext();
        context.setAuthentication(UsernamePasswordAuthenticationToken.authenticated(name, null,
                operator ? AuthorityUtils.createAuthorityList("ROLE_" + OPERATOR) : List.of()));
        SecurityContextHolder.setContext(context);
    }
}
