import { MemoryBroker } from '../../../../src/tasks/brokers/memory.ts'
import { brokerContract } from '../../../contract/broker.ts'

brokerContract('memory', () => new MemoryBroker())
