package dev.sluice;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SlicesRuleDefinition;
import org.jspecify.annotations.NullMarked;

/** The house: front → split → call → admit → intake and batch → intake, one way only; the wiring on top, the sandbox and the check on their own. */
@AnalyzeClasses(packages = "dev.sluice", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule importsPointOneWay = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("wiring")
            .definedBy("dev.sluice")
            .layer("split")
            .definedBy("dev.sluice.split..")
            .layer("call")
            .definedBy("dev.sluice.call..")
            .layer("admit")
            .definedBy("dev.sluice.admit..")
            .layer("batch")
            .definedBy("dev.sluice.batch..")
            .layer("jms")
            .definedBy("dev.sluice.jms..")
            .layer("front")
            .definedBy("dev.sluice.front..")
            .layer("intake")
            .definedBy("dev.sluice.intake..")
            .layer("progress")
            .definedBy("dev.sluice.progress..")
            .layer("sandbox")
            .definedBy("dev.sluice.sandbox..")
            .layer("check")
            .definedBy("dev.sluice.check..")
            .whereLayer("wiring")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("split")
            .mayOnlyBeAccessedByLayers("front", "wiring")
            .whereLayer("call")
            .mayOnlyBeAccessedByLayers("split", "front", "wiring")
            .whereLayer("admit")
            .mayOnlyBeAccessedByLayers("call", "split", "front", "wiring")
            .whereLayer("batch")
            .mayOnlyBeAccessedByLayers("wiring")
            .whereLayer("front")
            .mayOnlyBeAccessedByLayers("wiring")
            .whereLayer("batch")
            .mayOnlyAccessLayers("intake", "progress")
            .whereLayer("progress")
            .mayOnlyBeAccessedByLayers("batch", "wiring")
            .whereLayer("progress")
            .mayNotAccessAnyLayer()
            .whereLayer("jms")
            .mayOnlyBeAccessedByLayers("wiring")
            .whereLayer("jms")
            .mayOnlyAccessLayers("intake")
            .whereLayer("sandbox")
            .mayOnlyBeAccessedByLayers("wiring")
            .whereLayer("check")
            .mayOnlyBeAccessedByLayers("wiring");

    @ArchTest
    static final ArchRule noPackageDependsOnItself =
            SlicesRuleDefinition.slices().matching("dev.sluice.(*)..").should().beFreeOfCycles();

    @ArchTest
    static final ArchRule everyPackageIsNullMarked =
            classes().that().haveSimpleName("package-info").should().beAnnotatedWith(NullMarked.class);

    @ArchTest
    static final ArchRule nothingPrintsToTheConsoleBesidesTheLog =
            noClasses().should().accessField(System.class, "out").orShould().accessField(System.class, "err");
}
