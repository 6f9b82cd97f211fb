package io.github.mcpsession.samples.failover;

import java.util.List;
import java.util.Set;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * What the demonstration must not let pass.
 */
class PhaseTests {

	private static final Phase BEFORE = new Phase(Set.of("a", "b"), List.of(visit(1, "a"), visit(2, "b")));

	@Test
	void nothingIsWrongIfTheCountGoesOn() {
		assertThat(problems(visit(3, "b"), visit(4, "c"))).isEmpty();
	}

	@Test
	void aCountThatStartsAgainIsWrong() {
		assertThat(problems(visit(3, "b"), visit(1, "c"))).containsExactly("call 4 was counted as 1 by c");
	}

	@Test
	void aCountThatSkipsIsWrong() {
		assertThat(problems(visit(4, "b"), visit(5, "c"))).hasSize(2);
	}

	@Test
	void anotherSessionIsWrong() {
		assertThat(problems(visit(3, "b"), new Visit(4, "c", "another"))).containsExactly("there were 2 sessions");
	}

	@Test
	void aServerThatIsNeverAskedIsWrong() {
		assertThat(problems(visit(3, "b"), visit(4, "b"))).containsExactly("c was alive, but served no call");
	}

	@Test
	void aDeadServerThatServesIsWrong() {
		assertThat(problems(visit(3, "b"), visit(4, "c"), visit(5, "a")))
			.containsExactly("a served a call, but was not alive");
	}

	@Test
	void noCallsAtAllAreWrong() {
		assertThat(Phase.problems(List.of())).containsExactly("there were 0 sessions");
	}

	private static List<String> problems(Visit... after) {
		return Phase.problems(List.of(BEFORE, new Phase(Set.of("b", "c"), List.of(after))));
	}

	private static Visit visit(int count, String node) {
		return new Visit(count, node, "session");
	}

}
