package dev.sluice;

import dev.sluice.intake.CheckRequest;
import dev.sluice.intake.FileAnswer;
import dev.sluice.intake.FileFailure;
import dev.sluice.intake.FolderIntake;
import dev.sluice.intake.FolderSettings;
import dev.sluice.intake.FolderWatch;
import dev.sluice.intake.KeepFailed;
import dev.sluice.intake.PieceFile;
import dev.sluice.intake.Prompts;
import dev.sluice.intake.ReadMessage;
import dev.sluice.intake.Sharing;
import dev.sluice.intake.Tally;
import io.micrometer.core.instrument.Tags;
import java.util.Optional;
import java.util.function.Supplier;
import org.redisson.api.RedissonClient;

/** The wiring of the message folder, and of what checks every request. */
final class FolderBeans {

    private FolderBeans() {}

    /** @param redis the client, empty while there is no connection */
    static void bind(Wiring to, FolderSettings folder, Supplier<Optional<RedissonClient>> redis, Tally tally) {
        Settings settings = to.settings();
        Prompts prompts = new Prompts(settings.text("folder.model"), settings.text("folder.system-prompt"));
        Sharing sharing = Folders.sharing(settings, folder, redis, to::timer);
        FolderWatch watch = new FolderWatch(folder, sharing, tally, to.clock());
        FolderIntake intake =
                new FolderIntake(folder, sharing, watch, to.clock(), to.ids(), Dispatch.isByQueue(settings));
        to.meters().gauge("sluice.parked", Tags.of("intake", "folder"), intake, FolderIntake::parked);
        to.bind("folderWatch", watch);
        to.bind("folderIntake", intake);
        to.bind("readMessage", new ReadMessage(folder, prompts, settings.yes("folder.pieces")));
        to.bind("fileAnswer", new FileAnswer(folder));
        to.bind("pieceFile", new PieceFile(folder));
        to.bind("fileFailure", new FileFailure(folder, to.clock()));
        to.bind("keepFailed", new KeepFailed(folder, tally, to.clock()));
        int largest = Math.max(folder.maxBytes(), RestBeans.maxBodyBytes(settings));
        to.bind("check", new CheckRequest(prompts, largest, to.ids()));
        if (Intakes.chosen(settings.text("intakes")).contains("folder")) {
            to.health("folder", new IntakeHealth("folder", watch::ready));
        }
    }
}
