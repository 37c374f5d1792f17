package dev.sluice.intake;

import java.util.Set;

/** What an upstream says when the account has run out of money: no matter of rate, and never better by waiting. */
public final class Quota {

    /** Values of {@code error.code} and {@code error.type}. Source: OpenAI's error documentation. */
    public static final Set<String> CODES = Set.of(
            "insufficient_quota",
            "credit_balance_exhausted",
            "organization_usage_limit_exceeded",
            "organization_spend_limit_exceeded",
            "project_spend_limit_exceeded",
            "enforced_spend_limit_reached",
            "billing_hard_limit_reached");

    private Quota() {}
}
