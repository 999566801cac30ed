"""Reimbursement claims at the desk: recorded beside their standards, approved, and seen until they are paid."""
