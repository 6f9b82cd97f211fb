package io.github.mcpsession.samples.hazelcast;

import com.hazelcast.map.IMap;
import io.github.mcpsession.SessionStore;
import io.github.mcpsession.contract.EventLogContract;
import io.github.mcpsession.stream.EventLog;
import io.github.mcpsession.stream.StreamLimits;

class HazelcastEventLogTests extends EventLogContract {

	@Override
	protected SessionStore createStore(String namespace) {
		return new HazelcastSessionStore(Members.next(), namespace);
	}

	@Override
	protected EventLog createLog(SessionStore store, String namespace, StreamLimits limits) {
		return new HazelcastEventLog(Members.next(), namespace, limits);
	}

	@Override
	protected long amountOfData(String namespace, String session) {
		IMap<String, StoredSession> sessions = Members.next().getMap(HazelcastSessionStore.mapName(namespace));
		return sessions.<Integer>executeOnKey(session,
				(entry) -> (entry.getValue() != null) ? entry.getValue().streams.size() : 0);
	}

}
