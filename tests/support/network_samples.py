"""One of each kind of EC2, Auto Scaling, Elastic Load Balancing and RDS."""

from __future__ import annotations

from typing import Any

from labkit.lab import Lab
from tests.support.shared_samples import role, secret


def vpc(lab: Lab) -> str:
    """Make a VPC with a second CIDR block; return its id."""
    ec2 = lab.client("ec2")
    made: str = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    ec2.associate_vpc_cidr_block(VpcId=made, CidrBlock="100.64.0.0/16")
    return made


def subnet(lab: Lab, vpc_id: str | None = None, third: int = 0) -> str:
    """Make a subnet, in a VPC of its own unless one is given; return its id."""
    made = lab.client("ec2").create_subnet(
        VpcId=vpc_id or vpc(lab),
        CidrBlock=f"10.0.{third}.0/24",
        AvailabilityZone=lab.region + "ac"[third % 2],
    )
    return str(made["Subnet"]["SubnetId"])


def internet_gateway(lab: Lab, vpc_id: str | None = None) -> str:
    """Make an internet gateway that is attached; return its id."""
    ec2 = lab.client("ec2")
    made: str = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=vpc_id or vpc(lab))
    return made


def route_table(lab: Lab) -> str:
    """Make a route table with a route and a subnet; return its id."""
    ec2, vpc_id = lab.client("ec2"), vpc(lab)
    made: str = ec2.create_route_table(VpcId=vpc_id)["RouteTable"]["RouteTableId"]
    gateway = internet_gateway(lab, vpc_id)
    ec2.create_route(RouteTableId=made, DestinationCidrBlock="0.0.0.0/0", GatewayId=gateway)
    ec2.associate_route_table(RouteTableId=made, SubnetId=subnet(lab, vpc_id))
    return made


def elastic_ip(lab: Lab) -> str:
    """Make an Elastic IP address; return its allocation id."""
    return str(lab.client("ec2").allocate_address(Domain="vpc")["AllocationId"])


def nat_gateway(lab: Lab) -> str:
    """Make a NAT gateway with its address; return its id."""
    vpc_id = vpc(lab)
    internet_gateway(lab, vpc_id)
    made = lab.client("ec2").create_nat_gateway(
        SubnetId=subnet(lab, vpc_id), AllocationId=elastic_ip(lab)
    )
    return str(made["NatGateway"]["NatGatewayId"])


def vpc_endpoint(lab: Lab) -> str:
    """Make an interface endpoint with a security group; return its id."""
    vpc_id = vpc(lab)
    made = lab.client("ec2").create_vpc_endpoint(
        VpcId=vpc_id,
        VpcEndpointType="Interface",
        ServiceName=f"com.amazonaws.{lab.region}.logs",
        SubnetIds=[subnet(lab, vpc_id)],
        SecurityGroupIds=[security_group(lab, vpc_id)],
        PrivateDnsEnabled=False,
    )
    return str(made["VpcEndpoint"]["VpcEndpointId"])


def security_group(lab: Lab, vpc_id: str | None = None) -> str:
    """Make a security group that lets its own members in; return its id."""
    ec2 = lab.client("ec2")
    made: str = ec2.create_security_group(
        GroupName=lab.name("group"), Description="sample", VpcId=vpc_id or vpc(lab)
    )["GroupId"]
    members = {"IpProtocol": "-1", "UserIdGroupPairs": [{"GroupId": made}]}
    ec2.authorize_security_group_ingress(GroupId=made, IpPermissions=[members])
    return made


def network_acl(lab: Lab) -> str:
    """Make a network ACL that a subnet uses; return its id."""
    ec2, vpc_id = lab.client("ec2"), vpc(lab)
    made: str = ec2.create_network_acl(VpcId=vpc_id)["NetworkAcl"]["NetworkAclId"]
    subnet_id = subnet(lab, vpc_id)
    in_use = {"Name": "association.subnet-id", "Values": [subnet_id]}
    [acl] = ec2.describe_network_acls(Filters=[in_use])["NetworkAcls"]
    [association] = [one for one in acl["Associations"] if one["SubnetId"] == subnet_id]
    ec2.replace_network_acl_association(
        NetworkAclId=made, AssociationId=association["NetworkAclAssociationId"]
    )
    return made


def launch_template(lab: Lab) -> str:
    """Make a launch template; return its id."""
    ec2 = lab.client("ec2")
    image = ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
    made = ec2.create_launch_template(
        LaunchTemplateName=lab.name("template"),
        LaunchTemplateData={"ImageId": image, "InstanceType": "t3.micro"},
    )
    return str(made["LaunchTemplate"]["LaunchTemplateId"])


def auto_scaling_group(lab: Lab) -> str:
    """Make a group of one instance, with a warm pool; return its name."""
    autoscaling, name = lab.client("autoscaling"), lab.name("fleet")
    autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=name,
        LaunchTemplate={"LaunchTemplateId": launch_template(lab), "Version": "$Latest"},
        MinSize=0,
        MaxSize=2,
        DesiredCapacity=1,
        VPCZoneIdentifier=subnet(lab),
    )
    autoscaling.put_warm_pool(AutoScalingGroupName=name, MinSize=1)
    return name


def load_balancer(lab: Lab) -> str:
    """Make a network load balancer with a listener; return its ARN."""
    elbv2, vpc_id = lab.client("elbv2"), vpc(lab)
    internet_gateway(lab, vpc_id)
    made: str = elbv2.create_load_balancer(
        Name=lab.name("nlb"), Type="network", Subnets=[subnet(lab, vpc_id)]
    )["LoadBalancers"][0]["LoadBalancerArn"]
    forward = {"Type": "forward", "TargetGroupArn": target_group(lab, vpc_id)}
    elbv2.create_listener(LoadBalancerArn=made, Protocol="TCP", Port=80, DefaultActions=[forward])
    return made


def target_group(lab: Lab, vpc_id: str | None = None) -> str:
    """Make a target group; return its ARN."""
    made = lab.client("elbv2").create_target_group(
        Name=lab.name("tg"), Protocol="TCP", Port=80, VpcId=vpc_id or vpc(lab)
    )
    return str(made["TargetGroups"][0]["TargetGroupArn"])


def network_interface(lab: Lab) -> str:
    """Make a network interface; return its id."""
    made = lab.client("ec2").create_network_interface(SubnetId=subnet(lab))
    return str(made["NetworkInterface"]["NetworkInterfaceId"])


def db_subnet_group(lab: Lab, vpc_id: str | None = None) -> str:
    """Make a group of two subnets in two zones; return its name."""
    inside = vpc_id or vpc(lab)
    made = lab.client("rds").create_db_subnet_group(
        DBSubnetGroupName=lab.name("subnets"),
        DBSubnetGroupDescription="sample",
        SubnetIds=[subnet(lab, inside, third) for third in (0, 1)],
    )
    return str(made["DBSubnetGroup"]["DBSubnetGroupName"])


def db_instance(lab: Lab, **settings: Any) -> str:
    """Make a database; return its name."""
    made = lab.client("rds").create_db_instance(
        DBInstanceIdentifier=lab.name("db"),
        DBInstanceClass="db.t3.micro",
        **settings,
    )
    return str(made["DBInstance"]["DBInstanceIdentifier"])


def single_database(lab: Lab) -> str:
    """Make a protected database in subnets of its own; return its name."""
    return db_instance(
        lab,
        Engine="postgres",
        DBSubnetGroupName=db_subnet_group(lab),
        DeletionProtection=True,
        AllocatedStorage=20,
        MasterUsername="owner",
        MasterUserPassword="at-least-8",
    )


def db_cluster(lab: Lab) -> str:
    """Make a protected cluster with a database in it; return its name."""
    made = lab.client("rds").create_db_cluster(
        DBClusterIdentifier=lab.name("cluster"),
        Engine="aurora-postgresql",
        DBSubnetGroupName=db_subnet_group(lab),
        MasterUsername="owner",
        MasterUserPassword="at-least-8",
        DeletionProtection=True,
    )
    name = str(made["DBCluster"]["DBClusterIdentifier"])
    db_instance(lab, Engine="aurora-postgresql", DBClusterIdentifier=name)
    return name


def db_proxy(lab: Lab) -> str:
    """Make a proxy before nothing yet, with the secret that it may read; return its name."""
    inside = vpc(lab)
    made = lab.client("rds").create_db_proxy(
        DBProxyName=lab.name("proxy"),
        EngineFamily="POSTGRESQL",
        Auth=[{"AuthScheme": "SECRETS", "SecretArn": secret(lab)}],
        RoleArn=role(lab, "proxy-role"),
        VpcSubnetIds=[subnet(lab, inside, third) for third in (0, 1)],
    )
    return str(made["DBProxy"]["DBProxyName"])
