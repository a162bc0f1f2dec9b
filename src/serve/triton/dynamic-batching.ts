import type { ServingSettings } from '../settings.js';
import { enumName, type Message } from './text-format.js';

/** The dynamic batcher: present whenever a model takes batches, since it costs nothing when there is nothing to join. */
export function dynamicBatching(settings: ServingSettings): Message {
  return {
    preferred_batch_size: settings.preferred.length === 0 ? undefined : settings.preferred,
    max_queue_delay_microseconds: Math.round(settings.windowMs * 1000),
    default_queue_policy: queuePolicy(settings),
  };
}

function queuePolicy({ queueLimit, queueTimeoutMs }: ServingSettings): Message | undefined {
  if (queueLimit === 0 && queueTimeoutMs === 0) return undefined;
  return {
    timeout_action: queueTimeoutMs === 0 ? undefined : enumName('REJECT'),
    default_timeout_microseconds: queueTimeoutMs === 0 ? undefined : Math.round(queueTimeoutMs * 1000),
    max_queue_size: queueLimit === 0 ? undefined : queueLimit,
  };
}
