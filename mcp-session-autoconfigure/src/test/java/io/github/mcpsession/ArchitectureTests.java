package io.github.mcpsession;

import java.lang.reflect.AccessibleObject;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

import org.springframework.util.ReflectionUtils;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

/**
 * Which package may know which.
 */
class ArchitectureTests {

	private static final String ROOT = "io.github.mcpsession";

	private final JavaClasses classes = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages(ROOT);

	@Test
	void packagesHaveNoCycles() {
		slices().matching("(" + ROOT + "..)").should().beFreeOfCycles().check(this.classes);
	}

	@Test
	void theRootKnowsNoOtherRoom() {
		noClasses().that()
			.resideInAPackage(ROOT)
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(ROOT + ".*..")
			.check(this.classes);
	}

	@Test
	void backendsKnowNoServer() {
		noClasses().that()
			.resideInAnyPackage(ROOT + ".memory", ROOT + ".redis", ROOT + ".jdbc")
			.should()
			.dependOnClassesThat()
			.resideInAnyPackage(ROOT + ".server", ROOT + ".web", ROOT + ".autoconfigure")
			.check(this.classes);
	}

	@Test
	void onlyOneClassReadsPrivateState() {
		classes().that()
			.resideInAPackage(ROOT + "..")
			.and()
			.doNotHaveSimpleName("SdkInternals")
			.should()
			.onlyDependOnClassesThat()
			.doNotBelongToAnyOf(ReflectionUtils.class, AccessibleObject.class, java.lang.reflect.Field.class)
			.check(this.classes);
	}

	@Test
	void nothingDependsOnSpringAi() {
		noClasses().should().dependOnClassesThat().resideInAPackage("org.springframework.ai..").check(this.classes);
	}

}
