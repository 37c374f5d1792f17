package dev.sluice;

import java.util.Set;

/** The names that routes may refer to as {@code #name} or {@code ref: name}; {@code bin/sluice check} knows no others. */
final class BeanNames {
    static final Set<String> ALL = Set.of(
            "admit",
            "assemble",
            "batchApi",
            "batchIntake",
            "check",
            "deadline",
            "fileAnswer",
            "fileFailure",
            "folderIntake",
            "folderWatch",
            "jmsAnswer",
            "jmsFailure",
            "jmsPark",
            "keepFailed",
            "lineAnswer",
            "lineFailure",
            "networkFailure",
            "outageGate",
            "outagePassed",
            "outageRefused",
            "pauseWhileDown",
            "pieceDelivered",
            "pieceFile",
            "pieces",
            "prepareCall",
            "readAnswer",
            "readCall",
            "background",
            "doOnce",
            "sendState",
            "readJms",
            "readMessage",
            "retryDelay",
            "retryTimer",
            "runBatch",
            "sendAnswer",
            "sendFailure",
            "sendModels",
            "sendPiece",
            "settle",
            "takeJms",
            "throttlePlaces",
            "turnBegins",
            "turnCalledOff",
            "turnEnds",
            "upstreamBreaker",
            "upstreamClient",
            "upstreamHeaders");

    private BeanNames() {}
}
