package dev.deeprepo.egress;

/** An address that nobody may have this service connect to. The message is a predicate: whoever catches it names the subject. */
public final class ForbiddenAddress extends IllegalArgumentException {

    private final String rule;

    public ForbiddenAddress(String rule) {
        super(rule);
        this.rule = rule;
    }

    /** Such as {@code names the address 10.0.0.1, which is not public}. Holds nothing that could be a password. */
    @Override
    public String getMessage() {
        return rule;
    }
}
