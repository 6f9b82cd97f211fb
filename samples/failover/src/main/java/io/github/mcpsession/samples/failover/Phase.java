package io.github.mcpsession.samples.failover;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The calls that were made while the same servers were alive.
 *
 * @param alive the names of the servers
 * @param visits what the tool answered, in the order of the calls
 */
record Phase(Set<String> alive, List<Visit> visits) {

	/**
	 * What went wrong. There must have been one session in which every count was one more
	 * than the one before; and in each phase, all the servers that were alive must have
	 * served calls, and no other.
	 * @param phases all phases, in their order
	 * @return a sentence for each thing that went wrong; empty if all went well
	 */
	static List<String> problems(List<Phase> phases) {
		List<String> problems = new ArrayList<>();
		List<Visit> visits = phases.stream().flatMap((phase) -> phase.visits().stream()).toList();
		for (int i = 0; i < visits.size(); i++) {
			Visit visit = visits.get(i);
			if (visit.count() != i + 1) {
				problems.add("call %d was counted as %d by %s".formatted(i + 1, visit.count(), visit.node()));
			}
		}
		int sessions = visits.stream().map(Visit::session).collect(Collectors.toSet()).size();
		if (sessions != 1) {
			problems.add("there were %d sessions".formatted(sessions));
		}
		phases.forEach((phase) -> phase.addProblems(problems));
		return problems;
	}

	private void addProblems(List<String> problems) {
		Set<String> served = this.visits.stream().map(Visit::node).collect(Collectors.toSet());
		Set<String> idle = new HashSet<>(this.alive);
		idle.removeAll(served);
		idle.forEach((node) -> problems.add("%s was alive, but served no call".formatted(node)));
		served.removeAll(this.alive);
		served.forEach((node) -> problems.add("%s served a call, but was not alive".formatted(node)));
	}

}
