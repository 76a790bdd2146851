package dev.deeprepo.rlm;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What kind of report is written. */
public enum Domain {
    /** On code: architecture, behaviour, risks. */
    @JsonProperty("code")
    CODE,
    /** A project bible for AI coding tools. */
    @JsonProperty("context")
    CONTEXT,
    /** On a library of documents. */
    @JsonProperty("content")
    CONTENT
}
