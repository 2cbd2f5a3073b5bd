/**
 * What EC2 asks in us-east-1, in US dollars: instances an hour, on demand, Linux, a family a line; a GB of disk a
 * month; a public IPv4 address an hour.
 *
 * Instances from AWS's price list of 2026-07-20, as collected by https://github.com/aws/karpenter-provider-aws
 * (pkg/providers/pricing). Disk: https://aws.amazon.com/ebs/pricing. Address: AWS's announcement of the charge
 * for public IPv4 addresses, in force since 2024-02-01. Network Load Balancer:
 * https://aws.amazon.com/elasticloadbalancing/pricing as of 2026-09-20, without its capacity units, which go by traffic.
 */
export const ec2Prices = {
  date: "2026-07-20",
  source: "https://aws.amazon.com/ec2/pricing/on-demand",
  region: "us-east-1",
  addressHour: 0.005,
  gp3Month: 0.08,
  balancerHour: 0.0225,
  table: `
c6g: medium 0.034, large 0.068, xlarge 0.136, 2xlarge 0.272, 4xlarge 0.544, 8xlarge 1.088, 12xlarge 1.632, 16xlarge 2.176
c6i: large 0.085, xlarge 0.17, 2xlarge 0.34, 4xlarge 0.68, 8xlarge 1.36, 12xlarge 2.04, 16xlarge 2.72, 24xlarge 4.08, 32xlarge 5.44
c7g: medium 0.0363, large 0.0725, xlarge 0.145, 2xlarge 0.29, 4xlarge 0.58, 8xlarge 1.16, 12xlarge 1.74, 16xlarge 2.32
c7i: large 0.08925, xlarge 0.1785, 2xlarge 0.357, 4xlarge 0.714, 8xlarge 1.428, 12xlarge 2.142, 16xlarge 2.856, 24xlarge 4.284, 48xlarge 8.568
g4dn: xlarge 0.526, 2xlarge 0.752, 4xlarge 1.204, 8xlarge 2.176, 12xlarge 3.912, 16xlarge 4.352
g5: xlarge 1.006, 2xlarge 1.212, 4xlarge 1.624, 8xlarge 2.448, 12xlarge 5.672, 16xlarge 4.096, 24xlarge 8.144, 48xlarge 16.288
g6: xlarge 0.8048, 2xlarge 0.9776, 4xlarge 1.3232, 8xlarge 2.0144, 12xlarge 4.6016, 16xlarge 3.3968, 24xlarge 6.6752, 48xlarge 13.3504
m5: large 0.096, xlarge 0.192, 2xlarge 0.384, 4xlarge 0.768, 8xlarge 1.536, 12xlarge 2.304, 16xlarge 3.072, 24xlarge 4.608
m6a: large 0.0864, xlarge 0.1728, 2xlarge 0.3456, 4xlarge 0.6912, 8xlarge 1.3824, 12xlarge 2.0736, 16xlarge 2.7648, 24xlarge 4.1472, 32xlarge 5.5296, 48xlarge 8.2944
m6g: medium 0.0385, large 0.077, xlarge 0.154, 2xlarge 0.308, 4xlarge 0.616, 8xlarge 1.232, 12xlarge 1.848, 16xlarge 2.464
m6i: large 0.096, xlarge 0.192, 2xlarge 0.384, 4xlarge 0.768, 8xlarge 1.536, 12xlarge 2.304, 16xlarge 3.072, 24xlarge 4.608, 32xlarge 6.144
m7a: medium 0.05796, large 0.11592, xlarge 0.23184, 2xlarge 0.46368, 4xlarge 0.92736, 8xlarge 1.85472, 12xlarge 2.78208, 16xlarge 3.70944, 24xlarge 5.56416, 32xlarge 7.41888, 48xlarge 11.12832
m7g: medium 0.0408, large 0.0816, xlarge 0.1632, 2xlarge 0.3264, 4xlarge 0.6528, 8xlarge 1.3056, 12xlarge 1.9584, 16xlarge 2.6112
m7i: large 0.1008, xlarge 0.2016, 2xlarge 0.4032, 4xlarge 0.8064, 8xlarge 1.6128, 12xlarge 2.4192, 16xlarge 3.2256, 24xlarge 4.8384, 48xlarge 9.6768
m7i-flex: large 0.09576, xlarge 0.19152, 2xlarge 0.38304, 4xlarge 0.76608, 8xlarge 1.53216, 12xlarge 2.29824, 16xlarge 3.06432
m8g: medium 0.04488, large 0.08976, xlarge 0.17952, 2xlarge 0.35904, 4xlarge 0.71808, 8xlarge 1.43616, 12xlarge 2.15424, 16xlarge 2.87232, 24xlarge 4.30848, 48xlarge 8.61696
r6g: medium 0.0504, large 0.1008, xlarge 0.2016, 2xlarge 0.4032, 4xlarge 0.8064, 8xlarge 1.6128, 12xlarge 2.4192, 16xlarge 3.2256
r6i: large 0.126, xlarge 0.252, 2xlarge 0.504, 4xlarge 1.008, 8xlarge 2.016, 12xlarge 3.024, 16xlarge 4.032, 24xlarge 6.048, 32xlarge 8.064
r7g: medium 0.0536, large 0.1071, xlarge 0.2142, 2xlarge 0.4284, 4xlarge 0.8568, 8xlarge 1.7136, 12xlarge 2.5704, 16xlarge 3.4272
r7i: large 0.1323, xlarge 0.2646, 2xlarge 0.5292, 4xlarge 1.0584, 8xlarge 2.1168, 12xlarge 3.1752, 16xlarge 4.2336, 24xlarge 6.3504, 48xlarge 12.7008
t3: nano 0.0052, micro 0.0104, small 0.0208, medium 0.0416, large 0.0832, xlarge 0.1664, 2xlarge 0.3328
t3a: nano 0.0047, micro 0.0094, small 0.0188, medium 0.0376, large 0.0752, xlarge 0.1504, 2xlarge 0.3008
t4g: nano 0.0042, micro 0.0084, small 0.0168, medium 0.0336, large 0.0672, xlarge 0.1344, 2xlarge 0.2688
`,
};
