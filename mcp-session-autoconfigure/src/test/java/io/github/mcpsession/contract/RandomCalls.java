package io.github.mcpsession.contract;

import java.util.Random;

/**
 * Random calls by which the contracts compare a backend with a model of it. A failure
 * says its seed; {@code -Dcontract.seed} makes the same calls again, and
 * {@code -Dcontract.steps} more or fewer of them.
 */
final class RandomCalls {

	private static final String[] PARTS = { "a", "Z", "0", " ", "\"", "'", "\\", "\n", "%s", ":x", "?", "{}", "|", ",",
			"é", "€", "😀", "\u0001", "--", "*", "null" };

	private static final int STEPS = Integer.getInteger("contract.steps", 300);

	private final long seed = Long.getLong("contract.seed", System.nanoTime());

	private final Random random = new Random(this.seed);

	Random random() {
		return this.random;
	}

	void run(Step step) throws Exception {
		for (int i = 0; i < STEPS; i++) {
			try {
				step.run(i);
			}
			catch (AssertionError ex) {
				throw new AssertionError("In step %d with -Dcontract.seed=%d".formatted(i, this.seed), ex);
			}
		}
	}

	static String text(Random random) {
		StringBuilder text = new StringBuilder();
		for (int i = random.nextInt(8); i >= 0; i--) {
			text.append(PARTS[random.nextInt(PARTS.length)]);
		}
		return text.toString();
	}

	/**
	 * One call.
	 */
	interface Step {

		void run(int number) throws Exception;

	}

}
