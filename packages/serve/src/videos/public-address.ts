/** @file Which addresses belong to the public network. */
import { BlockList, isIP } from 'node:net';

/** Networks that are private, local, reserved or special (IANA's registries for IPv4 and IPv6). */
const RESERVED_4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16'],
  ...['172.16.0.0/12', '192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24'],
  ...['192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15'],
  ...['198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
];
/** Of what is global unicast (2000::/3): what stands for other networks, or is for documents. */
const RESERVED_6 = [
  ...['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20'],
];

const listOf = (networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList();
  for (const network of networks) {
    const [address, prefix] = network.split('/');
    list.addSubnet(address!, Number(prefix), family);
  }
  return list;
};

const reserved4 = listOf(RESERVED_4, 'ipv4');
const reserved6 = listOf(RESERVED_6, 'ipv6');
const unicast6 = listOf(['2000::/3'], 'ipv6');

/** Whether an address is one of the public network; text that is no address is not. */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !reserved4.check(address, 'ipv4');
  // Only global unicast: that leaves out ::1, fc00::/7, fe80::/10, 64:ff9b::/96 and IPv4 in IPv6 (::ffff:0:0/96).
  return family === 6 && unicast6.check(address, 'ipv6') && !reserved6.check(address, 'ipv6');
}
