// `berth/hosts/ec2`: a machine on Amazon EC2. Loads @pulumi/aws.

export { Route53Dns } from "../components/dns/route53.ts";
export { Ec2Host, type Ec2HostArgs, type Ec2HostSettings } from "../components/hosts/ec2/ec2.ts";
export { ec2HostSchema } from "../components/hosts/ec2/settings.ts";
