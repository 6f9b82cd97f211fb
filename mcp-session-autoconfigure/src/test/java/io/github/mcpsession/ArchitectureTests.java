package io.github.mcpsession;

import java.io.IOException;
import java.lang.reflect.AccessibleObject;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.modelcontextprotocol.spec.McpStreamableServerTransportProvider;
import org.junit.jupiter.api.Test;

import org.springframework.util.ReflectionUtils;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.assignableTo;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.simpleNameStartingWith;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

/**
 * Which package may know which, and how large files and packages may become.
 */
class ArchitectureTests {

	private static final String ROOT = "io.github.mcpsession";

	private static final Path SOURCES = Path.of("src/main/java");

	private static final int MAX_FILES = 25;

	private static final int MAX_LINES = 350;

	/**
	 * How far a client is, what it has missed and what it is being sent is one state
	 * under one lock: in two files nobody could see that it is right.
	 */
	private static final Path ONE_STATE = SOURCES.resolve("io/github/mcpsession/stream/ListeningStream.java");

	private final JavaClasses classes = new ClassFileImporter()
		.withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
		.importPackages(ROOT);

	@Test
	void packagesHaveNoCycles() {
		slices().matching("(" + ROOT + "..)").should().beFreeOfCycles().check(this.classes);
	}

	/**
	 * Arrows point downwards only. What all may know, the root, knows no other room.
	 */
	@Test
	void eachRoomKnowsThoseBelowItOnly() {
		layeredArchitecture().consideringOnlyDependenciesInLayers()
			.layer("autoconfigure")
			.definedBy(ROOT + ".autoconfigure")
			.layer("web")
			.definedBy(ROOT + ".web")
			.layer("actuate")
			.definedBy(ROOT + ".actuate")
			.layer("server")
			.definedBy(ROOT + ".server")
			.layer("session")
			.definedBy(ROOT + ".session")
			.layer("guard")
			.definedBy(ROOT + ".guard")
			.layer("backends")
			.definedBy(ROOT + ".memory", ROOT + ".redis", ROOT + ".jdbc")
			.layer("stream")
			.definedBy(ROOT + ".stream")
			.layer("metrics")
			.definedBy(ROOT + ".metrics")
			.layer("cluster")
			.definedBy(ROOT + ".cluster")
			.layer("support")
			.definedBy(ROOT + ".support")
			.layer("root")
			.definedBy(ROOT)
			.whereLayer("autoconfigure")
			.mayNotBeAccessedByAnyLayer()
			.whereLayer("web")
			.mayOnlyBeAccessedByLayers("autoconfigure")
			.whereLayer("actuate")
			.mayOnlyBeAccessedByLayers("autoconfigure")
			.whereLayer("server")
			.mayOnlyBeAccessedByLayers("web", "actuate", "autoconfigure")
			.whereLayer("session")
			.mayOnlyBeAccessedByLayers("server", "web", "actuate", "autoconfigure")
			.whereLayer("guard")
			.mayOnlyBeAccessedByLayers("session", "server", "actuate", "autoconfigure")
			.whereLayer("backends")
			.mayOnlyBeAccessedByLayers("autoconfigure")
			.whereLayer("stream")
			.mayOnlyBeAccessedByLayers("backends", "guard", "session", "server", "web", "actuate", "autoconfigure")
			.whereLayer("metrics")
			.mayOnlyBeAccessedByLayers("stream", "guard", "session", "server", "actuate", "autoconfigure")
			.whereLayer("cluster")
			.mayOnlyBeAccessedByLayers("stream", "backends", "guard", "session", "server", "autoconfigure")
			.whereLayer("support")
			.mayOnlyBeAccessedByLayers("stream", "backends", "session", "server", "web")
			.whereLayer("root")
			.mayNotAccessAnyLayer()
			.check(this.classes);
	}

	/**
	 * What an application hands over, the transport, is known by the root as well.
	 */
	@Test
	void onlyTheSeamKnowsServersOfTheSdk() {
		noClasses().that()
			.resideOutsideOfPackage(ROOT + ".server")
			.should()
			.dependOnClassesThat(resideInAPackage("io.modelcontextprotocol.server..")
				.or(simpleNameStartingWith("McpStreamableServer")
					.and(not(assignableTo(McpStreamableServerTransportProvider.class)))))
			.check(this.classes);
		noClasses().that()
			.resideOutsideOfPackages(ROOT, ROOT + ".server", ROOT + ".autoconfigure")
			.should()
			.dependOnClassesThat()
			.areAssignableTo(McpStreamableServerTransportProvider.class)
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

	@Test
	void noPackageHasTooManyFiles() throws IOException {
		Map<Path, Long> files = sources().stream()
			.collect(Collectors.groupingBy(Path::getParent, Collectors.counting()));
		assertThat(files).isNotEmpty();
		files.values().removeIf((count) -> count <= MAX_FILES);
		assertThat(files).isEmpty();
	}

	@Test
	void noFileIsTooLong() throws IOException {
		Map<Path, Integer> lines = new TreeMap<>();
		for (Path source : sources()) {
			lines.put(source, Files.readAllLines(source).size());
		}
		assertThat(lines.remove(ONE_STATE)).isNotNull();
		lines.values().removeIf((count) -> count <= MAX_LINES);
		assertThat(lines).isEmpty();
	}

	private static List<Path> sources() throws IOException {
		try (Stream<Path> files = Files.walk(SOURCES)) {
			return files.filter((file) -> file.toString().endsWith(".java")).toList();
		}
	}

}
