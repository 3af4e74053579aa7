# SPDX-License-Identifier: GPL-2.0-or-later
#
# What tests/bench/run prints, as a hash: about => { WHAT => TEXT }, order =>
# [ GROUP/NAME ... ], median, least, most => { GROUP/NAME => NUMBER },
# missing => { GROUP/NAME => WHY }.  And the targets.
package Figures;
use strict;
use warnings;

sub parse {
	my ($in) = @_;
	my $run = { order => [] };

	while (my $line = <$in>) {
		chomp $line;
		my ($kind, $group, $name, @rest) = split /\t/, $line;
		if ($kind eq "about") {
			$run->{about}{$group} = $name;
			next;
		}
		next unless $kind =~ /^(figure|missing)$/;
		my $key = "$group/$name";
		push @{ $run->{order} }, $key;
		if ($kind eq "missing") {
			$run->{missing}{$key} = $rest[0];
			next;
		}
		$_->{$key} = 0 + shift @rest
			for map { $run->{$_} //= {} } qw(median least most);
	}
	return $run;
}

# Lists [ VERDICT, TEXT ]: "ok", "not ok", or for an open target "not reached".
sub verdicts {
	my ($run, $file) = @_;
	my $mode = $run->{about}{mode} =~ /counted/ ? "counted" : "wall";
	my @list;

	open my $in, "<", $file or die "$file: $!\n";
	while (my $line = <$in>) {
		next if $line =~ /^#/;
		my ($where, $state, $figure, $limit, $of) = split " ", $line;
		next if $where ne $mode;
		my $value = $run->{median}{$figure};
		my $base = $of eq "1" ? 1 : $run->{median}{$of};
		my $text = "$figure <= $limit" . ($of eq "1" ? "" : " x $of");
		if (!defined $value || !$base) {
			push @list, [ "not ok", "$text: not measured" ];
			next;
		}
		my $ratio = $value / $base;
		my $bad = $state eq "open" ? "not reached" : "not ok";
		push @list, [ $ratio <= $limit ? "ok" : $bad,
			sprintf("%s: %.3f", $text, $ratio) ];
	}
	return @list;
}

1;
