import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;

/**
 * A PostgreSQL that commits to disk, at the port that is given, until the process is stopped.
 */
class Postgres {

	public static void main(String[] args) throws Exception {
		EmbeddedPostgres.builder()
			.setPort(Integer.parseInt(args[0]))
			.setServerConfig("synchronous_commit", "on")
			.setServerConfig("fsync", "on")
			.start();
		System.out.println("started");
		Thread.sleep(Long.MAX_VALUE);
	}

}
