package io.github.mcpsession.jdbc;

import java.sql.Connection;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Predicate;

/**
 * What is executed and committed, by which thread.
 */
public final class StatementCounter implements StatementObserver {

	private final Queue<String> statements = new ConcurrentLinkedQueue<>();

	private final Queue<String> commits = new ConcurrentLinkedQueue<>();

	private final Predicate<Thread> counted;

	public StatementCounter(Predicate<Thread> counted) {
		this.counted = counted;
	}

	@Override
	public void onExecution(Connection connection, String sql, List<Object> parameters) {
		if (this.counted.test(Thread.currentThread())) {
			this.statements.add(sql);
		}
	}

	@Override
	public void onCommit() {
		if (this.counted.test(Thread.currentThread())) {
			this.commits.add(Thread.currentThread().getName());
		}
	}

	public List<String> statements() {
		return List.copyOf(this.statements);
	}

	public int commits() {
		return this.commits.size();
	}

	public void reset() {
		this.statements.clear();
		this.commits.clear();
	}

}
